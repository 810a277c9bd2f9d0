package report

import "time"

// decodeFast reads a report as agents write it: known fields, each once, plain texts
// and whole numbers. It takes a quarter of the time of encoding/json, whose strictness
// is the measure all the same: at anything unusual, right or wrong, it gives up, and
// encoding/json says what the body holds or what is wrong with it.
func decodeFast(body []byte, r *Report) bool {
	s := scanner{text: body}
	ok := s.object(func(name string) bool {
		switch name {
		case "schema":
			n, ok := s.integer()
			r.Schema = int(n)
			return ok && s.first(0)
		case "device":
			return s.string(&r.Device) && s.first(1)
		case "agent":
			return s.string(&r.Agent) && s.first(2)
		case "dropped_windows":
			return s.number(&r.DroppedWindows) && s.first(3)
		case "windows":
			return s.windows(r) && s.first(4)
		}
		return false // an inventory, too: it is rare
	})
	s.space()
	return ok && s.at == len(s.text)
}

// scanner reads the part of JSON that agents write. Each of its methods tells
// whether it could.
type scanner struct {
	text []byte
	at   int
	seen uint32 // fields of the object that is being read
}

// first tells whether a field has not been there before: of one that comes twice
// encoding/json mixes the values.
func (s *scanner) first(field uint) bool {
	twice := s.seen&(1<<field) != 0
	s.seen |= 1 << field
	return !twice
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// is reads a sign, after any space.
func (s *scanner) is(sign byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == sign {
		s.at++
		return true
	}
	return false
}

// object reads an object; field reads the value of each of its fields.
func (s *scanner) object(field func(name string) bool) bool {
	outer := s.seen
	s.seen = 0
	defer func() { s.seen = outer }()
	if !s.is('{') {
		return false
	}
	if s.is('}') {
		return true
	}
	for {
		name, ok := s.plain()
		if !ok || !s.is(':') || !field(string(name)) {
			return false
		}
		if s.is(',') {
			continue
		}
		return s.is('}')
	}
}

// list reads a list; item reads each of its items.
func (s *scanner) list(item func() bool) bool {
	if !s.is('[') {
		return false
	}
	if s.is(']') {
		return true
	}
	for {
		if !item() {
			return false
		}
		if s.is(',') {
			continue
		}
		return s.is(']')
	}
}

// plain reads a text of printable ASCII without escapes.
func (s *scanner) plain() ([]byte, bool) {
	if !s.is('"') {
		return nil, false
	}
	for begin := s.at; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[begin : s.at-1], true
		case c < ' ' || c > '~' || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

func (s *scanner) string(to *string) bool {
	text, ok := s.plain()
	*to = string(text)
	return ok
}

// integer reads a whole number of at most 18 digits, which always fits.
func (s *scanner) integer() (int64, bool) {
	negative := s.is('-')
	if !negative {
		s.space()
	}
	begin, n := s.at, int64(0)
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		if s.at-begin == 18 {
			return 0, false
		}
		n = n*10 + int64(s.text[s.at]-'0')
		s.at++
	}
	if s.at == begin || s.text[begin] == '0' && s.at > begin+1 { // JSON has no leading zeros
		return 0, false
	}
	if s.at < len(s.text) && (s.text[s.at] == '.' || s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

func (s *scanner) number(to *int64) (ok bool) {
	*to, ok = s.integer()
	return ok
}

// instant reads a time as in 2026-11-23T08:15:00Z.
func (s *scanner) instant(to *time.Time) bool {
	text, ok := s.plain()
	if !ok || len(text) != len("2026-11-23T08:15:00Z") || text[len(text)-1] != 'Z' {
		return false
	}
	return to.UnmarshalText(text) == nil // as strict as encoding/json
}

func (s *scanner) windows(r *Report) bool {
	r.Windows = make([]Window, 0, windowsAtOnce)
	return s.list(func() bool {
		if len(r.Windows) == MaxWindows { // too many: not worth being read fast
			return false
		}
		r.Windows = append(r.Windows, Window{})
		return s.window(&r.Windows[len(r.Windows)-1])
	})
}

// windowsAtOnce is room for an hour.
const windowsAtOnce = 4

func (s *scanner) window(w *Window) bool {
	return s.object(func(name string) bool {
		switch name {
		case "start":
			return s.instant(&w.Start) && s.first(0)
		case "span_s":
			return s.number(&w.SpanS) && s.first(1)
		case "off_ms":
			return s.number(&w.OffMs) && s.first(2)
		case "suspended_ms":
			return s.number(&w.SuspendedMs) && s.first(3)
		case "load_ms":
			return s.loads(&w.LoadMs) && s.first(4)
		case "cpu_busy_ms":
			return s.number(&w.CPUBusyMs) && s.first(5)
		case "cpu_capacity_ms":
			return s.number(&w.CPUCapacityMs) && s.first(6)
		case "mem_used_mib":
			return s.number(&w.MemUsedMiB) && s.first(7)
		case "net_rx_b":
			return s.number(&w.NetRxB) && s.first(8)
		case "net_tx_b":
			return s.number(&w.NetTxB) && s.first(9)
		case "disk_read_b":
			return s.number(&w.DiskReadB) && s.first(10)
		case "disk_write_b":
			return s.number(&w.DiskWriteB) && s.first(11)
		case "agent_cpu_ms":
			return s.number(&w.AgentCPUMs) && s.first(12)
		case "agent_tx_b":
			return s.number(&w.AgentTxB) && s.first(13)
		case "screen_on_ms":
			return s.number(&w.ScreenOnMs) && s.first(15)
		case "screen_off_ms":
			return s.number(&w.ScreenOffMs) && s.first(16)
		case "merged":
			return s.number(&w.Merged) && s.first(17)
		case "energy":
			w.Energy = []Reading{}
			return s.list(func() bool {
				if len(w.Energy) == MaxEnergyReadings {
					return false
				}
				w.Energy = append(w.Energy, Reading{})
				return s.reading(&w.Energy[len(w.Energy)-1])
			}) && s.first(14)
		}
		return false
	})
}

func (s *scanner) loads(l *Loads) bool {
	n := 0
	return s.list(func() bool {
		if n == len(l) || !s.number(&l[n]) {
			return false
		}
		n++
		return true
	}) && n == len(l)
}

func (s *scanner) reading(e *Reading) bool {
	return s.object(func(name string) bool {
		switch name {
		case "source":
			return s.string(&e.Source) && s.first(0)
		case "boundary":
			return s.string((*string)(&e.Boundary)) && s.first(1)
		case "energy_uj":
			return s.number(&e.EnergyUJ) && s.first(2)
		case "covered_ms":
			return s.number(&e.CoveredMs) && s.first(3)
		}
		return false
	})
}
