package ledger

import "crypto/sha256"

// seen remembers the devices that reports came from, so that one that may wait in the
// journal need not be looked up: that would read a page of its own of a table that is
// larger the larger the fleet is. What it remembers holds as long as identity_changes
// in the store says that nobody was retired, moved or deleted, or got another secret.
type seen struct {
	changes int64
	now     map[int64]identity
	old     map[int64]identity // forgotten when now is full
}

// identity holds no pointers: the garbage collector need not look at a million of them.
type identity struct {
	site, newest int64
	secret       [sha256.Size]byte
}

// mostSeen is how many devices are remembered, or half as many: about 100 bytes each.
const mostSeen = 2_000_000

var selectChanges = kind{name: "identity changes", most: 1, row: "SELECT n FROM identity_changes"}

// recall fills in what is remembered of devices, in a transaction, and returns those of
// which nothing is.
func (s *seen) recall(f *filing, ids []int64) (others []int64, err error) {
	stmt, err := f.statement(selectChanges, 1)
	if err != nil {
		return nil, err
	}
	var changes int64
	if err := stmt.QueryRowContext(f.ctx).Scan(&changes); err != nil {
		return nil, err
	}
	if changes != s.changes || s.now == nil {
		s.changes, s.now, s.old = changes, map[int64]identity{}, nil
	}
	all := make([]known, len(ids))
	for i, id := range ids {
		one, known := s.now[id]
		if !known {
			one, known = s.old[id]
		}
		if !known {
			others = append(others, id)
			continue
		}
		d := &all[i]
		d.ID, d.Site, d.Secret, d.told.newest, d.glanced = id, one.site, one.secret, one.newest, true
		f.known[id] = d
	}
	return others, nil
}

// note remembers what a transaction knew of its devices in the end, after its commit.
func (s *seen) note(f *filing, journalled []*journalled) {
	if s.now == nil {
		return
	}
	if len(s.now) >= mostSeen/2 {
		s.old, s.now = s.now, map[int64]identity{}
	}
	for id, d := range f.known {
		if d != nil && !d.told.retired.Valid {
			s.now[id] = identity{d.Site, d.told.newest, d.Secret}
		}
	}
	for _, j := range journalled {
		one, known := s.now[j.at.device]
		if known && j.newest > one.newest {
			one.newest = j.newest
			s.now[j.at.device] = one
		}
	}
}
