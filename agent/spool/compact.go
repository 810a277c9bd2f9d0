package spool

import (
	"fmt"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/agent/durable"
	"github.com/ecoparc/ecoparc/models/report"
)

// steps are what windows are merged to when the spool is full: what is old need not
// be known by the quarter hour, but must be known.
var steps = []time.Duration{time.Hour, 24 * time.Hour}

// makeRoom merges the oldest windows to hours, then to days, while there is no room
// for a record, and drops the oldest segment only when that gains nothing any more.
func (s *Spool) makeRoom(recordB int64) error {
	if s.sizeB()+recordB <= s.limitB {
		return nil
	}
	for _, step := range steps {
		// A little more than needed, so that the next record does not do it again.
		if err := s.merge(step, s.limitB-recordB-s.limitB/16); err != nil {
			return err
		}
		if s.sizeB()+recordB <= s.limitB {
			return nil
		}
	}
	for len(s.segments) > 1 && s.sizeB()+recordB > s.limitB {
		if err := s.dropOldest(); err != nil {
			return err
		}
	}
	return nil
}

// merge merges windows within each segment, oldest first, until the segments take at
// most targetB.
//
// Windows that may have been sent are left alone: where the answer was lost, the
// collector knows them, and would take a merged one for a repeat of its first part.
// These are the oldest report.MaxWindows ones, as a report holds no others.
func (s *Spool) merge(step time.Duration, targetB int64) error {
	sent := int64(0)
	for i := range len(s.segments) - 1 { // the last one is appended to
		if s.sizeB() <= targetB {
			return nil
		}
		if sent < report.MaxWindows {
			n, err := s.count(s.segments[i].number)
			if err != nil {
				return err
			}
			sent += n
			continue
		}
		if err := s.mergeSegment(&s.segments[i], step); err != nil {
			return err
		}
	}
	return nil
}

// mergeSegment replaces a segment by one with merged windows: as a whole, so that a
// power cut leaves the one or the other.
func (s *Spool) mergeSegment(seg *segment, step time.Duration) error {
	var merged []report.Window
	before := 0
	err := s.each(seg.number, func(w report.Window, _ int64) bool {
		before++
		if n := len(merged); n > 0 {
			if m, ok := report.Merge(merged[n-1], w, step); ok {
				merged[n-1] = m
				return true
			}
		}
		merged = append(merged, w)
		return true
	})
	if err != nil || len(merged) == before {
		return err
	}
	var text []byte
	for _, w := range merged {
		record, err := encode(w)
		if err != nil {
			return err
		}
		text = append(text, record...)
	}
	if err := durable.Replace(s.path(seg.number), text); err != nil {
		return fmt.Errorf("cannot merge spool segment: %w", err)
	}
	seg.sizeB = int64(len(text))
	return nil
}

// dropOldest gives up the oldest segment, and counts what was in it.
func (s *Spool) dropOldest() error {
	oldest := s.segments[0]
	dropped, err := s.count(oldest.number)
	if err != nil {
		return err
	}
	s.state.Dropped += dropped
	if next := s.segments[1].number; s.state.Acked.Segment < next {
		s.state.Acked = Cursor{Segment: next}
	}
	if err := s.saveState(); err != nil {
		return err
	}
	s.segments = s.segments[1:]
	if err := os.Remove(s.path(oldest.number)); err != nil {
		return fmt.Errorf("cannot drop spool segment: %w", err)
	}
	return nil
}
