package dashboards

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/equipment"
	"github.com/ecoparc/ecoparc/models/lifespan"
)

// A list is first looked at and then brought in. Between the two a short one travels
// with the page, packed, and is kept nowhere: a list often names people. A long one is
// held (see held). What is imported is looked at again as a whole.

// maxListB is the largest list that a page takes; larger ones go through the API. As it
// travels it is packed, and a third longer for being text.
const (
	maxListB   = 16 << 20
	maxUploadB = maxListB + maxListB/2
)

// pageChanges and pageMistakes are how many lines a preview shows, and pageWords of how
// many unknown words it asks the meaning at a time.
const (
	pageChanges  = 10
	pageMistakes = 25
	pageWords    = 8
)

// mostPackedB is how long a packed list may be that travels with the page.
const mostPackedB = 16 << 10

// ImportSites answers GET and POST /administration/organisations/{id}/import/sites.
func (p *Pages) ImportSites(w http.ResponseWriter, r *http.Request) {
	p.importing(w, r, func(id int64) view.ImportList {
		return view.ImportList{Kind: view.SiteLists, Organisation: id}
	})
}

// ImportDevices answers GET and POST /administration/organisations/{id}/import/devices.
func (p *Pages) ImportDevices(w http.ResponseWriter, r *http.Request) {
	p.importing(w, r, func(id int64) view.ImportList {
		return view.ImportList{Kind: view.DeviceLists, Organisation: id}
	})
}

// ImportSiteDevices answers GET and POST /administration/sites/{id}/import/devices.
func (p *Pages) ImportSiteDevices(w http.ResponseWriter, r *http.Request) {
	p.importing(w, r, func(id int64) view.ImportList { return view.ImportList{Kind: view.DeviceLists, Site: id} })
}

// ImportRepairs answers GET and POST /administration/organisations/{id}/import/repairs.
func (p *Pages) ImportRepairs(w http.ResponseWriter, r *http.Request) {
	p.importing(w, r, func(id int64) view.ImportList {
		return view.ImportList{Kind: view.RepairLists, Organisation: id}
	})
}

// ImportSiteRepairs answers GET and POST /administration/sites/{id}/import/repairs.
func (p *Pages) ImportSiteRepairs(w http.ResponseWriter, r *http.Request) {
	p.importing(w, r, func(id int64) view.ImportList { return view.ImportList{Kind: view.RepairLists, Site: id} })
}

// looked is a list that was looked at.
type looked struct {
	list view.ImportList
	held string // the key of a list that is held; empty: it came with the request
	done *view.Imported
}

func (p *Pages) importing(w http.ResponseWriter, r *http.Request, of func(id int64) view.ImportList) {
	var seen *looked
	look := ofNumber(func(r *http.Request, id int64, values url.Values) error {
		list, err := p.listFrom(r, values, of(id))
		if err != nil {
			return err
		}
		list.DryRun = values.Get("act") == "preview" || values.Get("again") != ""
		done, err := p.Desk.Import(r.Context(), list)
		if err != nil {
			return err
		}
		if seen = (&looked{list, values.Get("held"), done}); list.DryRun || done.MistakesFound > 0 {
			return nil
		}
		p.held.drop(values.Get("held"))
		to := url.Values{"done": {"imported"}, "added": {fmt.Sprint(done.Added)}, "changed": {fmt.Sprint(done.Changed)}, "unchanged": {fmt.Sprint(done.Unchanged)}}
		if list.Site != 0 {
			to.Set("site", fmt.Sprint(list.Site))
		} else {
			to.Set("organisation", fmt.Sprint(list.Organisation))
		}
		if list.Kind == view.SiteLists {
			return &elsewhere{url: "/administration/sites?" + to.Encode()}
		}
		return &elsewhere{url: "/administration/devices?" + to.Encode()}
	})
	office := "devices"
	if of(0).Kind == view.SiteLists {
		office = "sites"
	}
	p.officeOf(w, r, office, maxUploadB, map[string]act{"preview": look, "import": look}, func(r *http.Request, g *page, b *adminBody) error {
		id, err := numbered(r)
		if err != nil {
			return err
		}
		return p.importPage(r, g, b, of(id), seen)
	})
}

// listFrom reads a list from a form: from a file, packed, as a preview sends it back, or
// held, as a preview says.
func (p *Pages) listFrom(r *http.Request, values url.Values, l view.ImportList) (view.ImportList, error) {
	l.Mapped, l.Words = map[string]string{}, map[string]string{}
	l.Part = lifespan.Part(values.Get("part"))
	l.Source, l.Category, l.Population, l.Purchased = values.Get("source"), equipment.Category(values.Get("category")), equipment.Population(values.Get("population")), values.Get("purchased")
	for i := 0; values.Has(fmt.Sprint("title.", i)); i++ {
		meaning := values.Get(fmt.Sprint("column.", i))
		if values.Has(fmt.Sprint("wrong.", i)) {
			meaning = ""
		}
		l.Mapped[values.Get(fmt.Sprint("title.", i))] = meaning
	}
	for i := 0; values.Has(fmt.Sprint("word.", i)); i++ {
		if meaning := values.Get(fmt.Sprint("type.", i)); meaning != "" {
			l.Words[values.Get(fmt.Sprint("word.", i))] = meaning
		}
	}
	if key := values.Get("held"); key != "" {
		packed, found := p.held.find(r, key, p.Clock())
		if !found {
			return l, view.Refuse("file", "is no longer held: choose it again")
		}
		var err error
		l.Text, err = unpack(string(packed))
		return l, err
	}
	if packed := values.Get("packed"); packed != "" {
		var err error
		l.Text, err = unpack(packed)
		return l, err
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return l, view.Refuse("file", "is missing: choose a file")
	}
	defer file.Close()
	if l.Text, err = io.ReadAll(io.LimitReader(file, maxListB+1)); err != nil {
		return l, err
	}
	if len(l.Text) > maxListB {
		return l, view.Refuse("file", "is larger than 16 MiB; longer lists go through the API")
	}
	const longest = 90 // bytes
	name := path.Base(strings.ReplaceAll(header.Filename, `\`, "/"))
	l.Source = strings.ToValidUTF8(name[:min(longest, len(name))], "")
	return l, nil
}

// pack makes a list a text that travels with a page.
func pack(list []byte) (string, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(list)
	if err = errors.Join(err, z.Close()); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// unpack is the list that pack has packed, and never one that is larger than a list may
// be.
func unpack(text string) ([]byte, error) {
	broken := view.Refuse("file", "did not come back whole: choose it again")
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, broken
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, broken
	}
	list, err := io.ReadAll(io.LimitReader(z, maxListB+1))
	if err != nil || len(list) > maxListB {
		return nil, broken
	}
	return list, nil
}

// importPage asks for a list, and shows what the one that was looked at would do.
func (p *Pages) importPage(r *http.Request, g *page, b *adminBody, l view.ImportList, seen *looked) error {
	lang := g.language
	name, back, err := p.importTarget(r, g, l)
	if err != nil {
		return err
	}
	office := map[string]string{view.SiteLists: "/administration/sites", view.DeviceLists: "/administration/devices", view.RepairLists: "/administration/devices"}[l.Kind]
	g.inside(office, name)
	g.inside(back, lang.say("admin.import."+l.Kind))
	choose := form{Act: "preview", Upload: true, Title: lang.say("admin.import.choose"), Lead: lang.say("admin.import.choose." + l.Kind), Submit: lang.say("admin.import.look"), Fields: []field{{Name: "file", Kind: "file", Required: true}}}
	choose.Fields = append(choose.Fields, lang.unsaid(l)...)
	if seen == nil {
		g.Sentence, b.Lead = lang.say("admin.import.sentence."+l.Kind, "name", name), lang.say("admin.import.lead")
		b.ask(lang, choose)
		return nil
	}
	done := seen.done
	b.Terms = lang.columnTerms(done)
	act := "import"
	if done.MistakesFound > 0 {
		g.status, act = http.StatusBadRequest, "preview"
		g.Sentence = lang.say("admin.import.mistaken", "n", lang.count(int64(done.MistakesFound)), "name", name)
		b.Errors = append(b.Errors, fieldError{lang.say("admin.import.mistakes.at", "n", lang.count(int64(done.MistakesFound))), "#mistakes"})
		b.Tables = append(b.Tables, lang.mistakeTable(done))
	} else {
		g.Sentence = lang.say("admin.import.would."+l.Kind, "added", lang.count(int64(done.Added)), "changed", lang.count(int64(done.Changed)), "unchanged", lang.count(int64(done.Unchanged)), "name", name)
		b.Lead = lang.say("admin.import.nothing.yet")
		b.Tables = append(b.Tables, lang.changeTable(done, seen.list))
	}
	travels, err := p.travelling(r, seen)
	if err != nil {
		return err
	}
	f := form{Act: act, Title: lang.say("admin.import." + act + ".title"), Lead: lang.say("admin.import." + act + ".lead"), Submit: lang.say("admin.import." + act + ".do"), Upload: true, Fields: []field{
		travels, {Name: "source", Kind: "hidden", Value: seen.list.Source},
	}}
	if act == "import" {
		f.Later, f.Another = lang.say("admin.import.preview.title"), lang.say("admin.import.preview.do")
	}
	f.Fields = append(f.Fields, lang.wordFields(seen)...)
	f.Fields = append(f.Fields, p.columnFields(lang, seen)...)
	f.Fields = append(f.Fields, lang.unsaid(seen.list)...)
	b.ask(lang, f)
	b.Ways = []link{{lang.say("admin.import.other"), r.URL.Path}}
	return nil
}

// travelling is the field by which a list that was looked at comes back.
func (p *Pages) travelling(r *http.Request, seen *looked) (field, error) {
	if seen.held == "" {
		packed, err := pack(seen.list.Text)
		if err != nil || len(packed) <= mostPackedB {
			return field{Name: "packed", Kind: "hidden", Value: packed}, err
		}
		if seen.held, err = p.held.keep(r, []byte(packed), p.Clock()); err != nil {
			return field{}, err
		}
	}
	return field{Name: "held", Kind: "hidden", Value: seen.held}, nil
}

// importTarget is where a list goes, and the page of it.
func (p *Pages) importTarget(r *http.Request, g *page, l view.ImportList) (name, at string, err error) {
	if l.Site != 0 {
		s, err := p.placeOf(r, g, l.Site)
		return s.Name, fmt.Sprintf("/administration/sites/%d", l.Site), err
	}
	o, err := p.Desk.Owner(r.Context(), l.Organisation)
	g.Simulated = o.Simulated
	return o.Name, fmt.Sprintf("/administration/organisations/%d", l.Organisation), err
}

// importWays lead to the lists of devices and of repairs that are brought in at a site or
// an organisation.
func (l *language) importWays(at string) []link {
	return []link{{l.say("admin.import.devices"), at + "/import/devices"}, {l.say("admin.import.repairs"), at + "/import/repairs"}}
}
