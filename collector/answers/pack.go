package answers

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/factor"
	"github.com/ecoparc/ecoparc/models/grid"
)

// packed is an answer as it is kept: gob, compressed. What thousands of sites have in
// common is written once.
type packed struct {
	Overview view.Overview // the headlines of its sites without profiles and keys
	Profiles [][]factor.Profile
	Keys     [][]string
	Shares   []shared           // of each site
	ByOffer  []grid.MarketGrams // gob leaves a zero behind a pointer out
}

// shared says where a site's profiles and keys are.
type shared struct {
	Profiles, Keys int
	Beside         []int // of each comparison
}

func pack(o *view.Overview) ([]byte, error) {
	p := packed{Overview: *o}
	profiles, keys := map[string]int{}, map[string]int{}
	placeOf := func(all []factor.Profile) int {
		name := fmt.Sprintf("%+v", all)
		if _, known := profiles[name]; !known {
			profiles[name] = len(p.Profiles)
			p.Profiles = append(p.Profiles, all)
		}
		return profiles[name]
	}
	p.Overview.Sites = make([]view.SiteRow, len(o.Sites))
	for i, row := range o.Sites {
		name := strings.Join(row.Headline.FactorKeys, "\n")
		if _, known := keys[name]; !known {
			keys[name] = len(p.Keys)
			p.Keys = append(p.Keys, row.Headline.FactorKeys)
		}
		s := shared{Profiles: placeOf(row.Headline.Profiles), Keys: keys[name]}
		beside := make([]view.Against, len(row.Headline.Beside))
		for j, b := range row.Headline.Beside {
			s.Beside = append(s.Beside, placeOf(b.Profiles))
			b.Profiles = nil
			beside[j] = b
		}
		row.Headline.Profiles, row.Headline.FactorKeys, row.Headline.Beside = nil, nil, beside
		p.Overview.Sites[i] = row
		p.Shares = append(p.Shares, s)
	}
	if grams := o.Electricity.ByOffer; grams != nil {
		p.ByOffer = append(p.ByOffer, *grams)
	}
	var out bytes.Buffer
	zip, err := flate.NewWriter(&out, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := gob.NewEncoder(zip).Encode(&p); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// mostB bounds an answer in memory: a country's 70,000 sites have 50 MB.
const mostB = 256 << 20

func unpack(body []byte) (*view.Overview, error) {
	var p packed
	if err := gob.NewDecoder(io.LimitReader(flate.NewReader(bytes.NewReader(body)), mostB)).Decode(&p); err != nil {
		return nil, fmt.Errorf("cannot read a kept answer: %w", err)
	}
	if len(p.Shares) != len(p.Overview.Sites) {
		return nil, fmt.Errorf("a kept answer shares %d times among %d sites", len(p.Shares), len(p.Overview.Sites))
	}
	within := func(i, all int) bool { return i >= 0 && i < all }
	for i, s := range p.Shares {
		h := &p.Overview.Sites[i].Headline
		if !within(s.Profiles, len(p.Profiles)) || !within(s.Keys, len(p.Keys)) || len(s.Beside) != len(h.Beside) {
			return nil, fmt.Errorf("a kept answer shares what it does not hold")
		}
		h.Profiles, h.FactorKeys = p.Profiles[s.Profiles], p.Keys[s.Keys]
		for j, at := range s.Beside {
			if !within(at, len(p.Profiles)) {
				return nil, fmt.Errorf("a kept answer shares what it does not hold")
			}
			h.Beside[j].Profiles = p.Profiles[at]
		}
	}
	if len(p.ByOffer) == 1 {
		p.Overview.Electricity.ByOffer = &p.ByOffer[0]
	}
	return &p.Overview, nil
}

// layout names what fields an answer has: a program with others computes anew.
var layout = layoutOf(reflect.TypeFor[packed]())

func layoutOf(t reflect.Type) string {
	var text strings.Builder
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		fmt.Fprint(&text, t.String(), ";")
		if seen[t] {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(t.Elem())
		case reflect.Map:
			walk(t.Key())
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				fmt.Fprint(&text, t.Field(i).Name, " ")
				walk(t.Field(i).Type)
			}
		}
	}
	walk(t)
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:4])
}
