package maker

import (
	"math"
	"slices"
)

// nameSpace compares names by the pieces that they share: the cosine of their
// vectors of pieces, where a piece that few names have weighs more (the inverse
// document frequency of text search: log((n+1)/names that have it)).
type nameSpace struct {
	piece map[string]int
	rare  []float64
	where [][]posting // piece -> the names that have it
	size  int
}

// posting is how much a piece weighs in a name of unit length.
type posting struct {
	name   int
	weight float64
}

func newNameSpace(all []traits) *nameSpace {
	s := &nameSpace{piece: map[string]int{}, size: len(all)}
	var names []int // how many names have the piece
	for _, t := range all {
		for p := range set(t.pieces) {
			if _, known := s.piece[p]; !known {
				s.piece[p] = len(names)
				names = append(names, 0)
			}
			names[s.piece[p]]++
		}
	}
	s.rare = make([]float64, len(names))
	for p, n := range names {
		s.rare[p] = math.Log(float64(s.size+1) / float64(n))
	}
	s.where = make([][]posting, len(names))
	for i, t := range all {
		ids, length := s.vector(t.pieces)
		for _, p := range ids {
			s.where[p] = append(s.where[p], posting{i, s.rare[p] / length})
		}
	}
	return s
}

// vector gives the known pieces of a name, each once and in the order of the
// text, and the length of the vector. Pieces that no name of the space has count
// for the length as the rarest do.
func (s *nameSpace) vector(pieces []string) (ids []int, length float64) {
	ids = make([]int, 0, len(pieces))
	sum := 0.0
	for i, p := range pieces {
		if slices.Contains(pieces[:i], p) {
			continue
		}
		r := math.Log(float64(s.size + 1))
		if id, known := s.piece[p]; known {
			ids = append(ids, id)
			r = s.rare[id]
		}
		sum += r * r
	}
	return ids, math.Max(math.Sqrt(sum), 1e-9)
}

// alike fills to with the likeness of a name with each of the space.
func (s *nameSpace) alike(pieces []string, to []float64) {
	clear(to)
	ids, length := s.vector(pieces)
	for _, id := range ids {
		w := s.rare[id] / length
		for _, p := range s.where[id] {
			to[p.name] += w * p.weight
		}
	}
}

func set(list []string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, v := range list {
		m[v] = true
	}
	return m
}
