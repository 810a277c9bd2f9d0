package dashboards

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/ecoparc/ecoparc/dashboards/chart"
	"github.com/ecoparc/ecoparc/dashboards/sheet"
	"github.com/ecoparc/ecoparc/dashboards/view"
	"github.com/ecoparc/ecoparc/models/quantity"
)

// sendFile answers with a file of a page.
func (p *Pages) sendFile(w http.ResponseWriter, r *http.Request, g *page, name string, fill filler) {
	if name == monthlyPDF && g.Template == "monthly.html" {
		p.sendPDF(w, r, g)
		return
	}
	id, format, _ := strings.Cut(name, ".")
	found := g.exportsOf().byID[id]
	if found == nil {
		p.fail(w, r, g, view.ErrNotFound)
		return
	}
	switch {
	case slices.Contains(tableFormats, format) && found.table != nil:
		var more iter.Seq2[tableRow, error]
		if found.list != nil {
			more = p.following(r, id, found.list.Next, fill)
		}
		p.sendTable(w, r, g, found.table, more, format)
	case slices.Contains(pictureFormats, format) && found.picture != nil:
		p.sendPicture(w, r, g, found.picture, format)
	default:
		p.fail(w, r, g, view.ErrNotFound)
	}
}

// filler makes a page from a request.
type filler func(*http.Request, *page) error

// following are the rows of the parts of a list that come after the one on a page: each is
// asked for when it is its turn, so that a file of a long list needs the room of one part.
func (p *Pages) following(r *http.Request, id, next string, fill filler) iter.Seq2[tableRow, error] {
	return func(yield func(tableRow, error) bool) {
		for next != "" {
			address, err := url.Parse(next)
			if err != nil {
				yield(tableRow{}, err)
				return
			}
			part := r.Clone(r.Context())
			part.URL.RawQuery = address.RawQuery
			g := p.newPage(part)
			if err := fill(part, g); err != nil {
				yield(tableRow{}, err)
				return
			}
			found := g.exportsOf().byID[id]
			if found == nil || found.list == nil {
				return
			}
			for _, row := range found.table.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if found.list.Next == next { // it would go on for ever
				return
			}
			next = found.list.Next
		}
	}
}

// plain is a list of administration as a table, without its acts.
func (t *adminTable) plain() *table {
	b := &table{Caption: cmp.Or(t.Caption, t.Title), Head: t.Head}
	for _, row := range t.Rows {
		b.Rows = append(b.Rows, tableRow{row.Header, row.Cells})
	}
	return b
}

func (p *Pages) sendTable(w http.ResponseWriter, r *http.Request, g *page, t *table, more iter.Seq2[tableRow, error], format string) {
	l := g.language
	s := l.sheetOf(t, more, func(err error) { p.broken(r, err) })
	if g.Simulated && len(s.Columns) > 0 {
		s.Columns[0] = strings.TrimSpace(s.Columns[0] + " (" + l.say("simulated.mark") + ")")
	}
	s.About = sheet.About{Name: l.say("export.about"), Lines: [][2]string{{l.say("export.page"), g.where()}, {l.say("export.table"), t.Caption}}}
	if g.Simulated {
		s.About.Lines = append(s.About.Lines, [2]string{l.say("simulated.mark"), l.say("simulated.band")})
	}
	if g.YearText != "" {
		s.About.Lines = append(s.About.Lines, [2]string{l.say("year.choose"), g.YearText})
	}
	if g.Footer != nil {
		s.About.Lines = append(s.About.Lines, [2]string{l.say("export.how"), g.Footer.Note}, [2]string{l.say("table.method"), g.Footer.Method})
	}
	s.About.Lines = append(s.About.Lines, [2]string{l.say("export.from"), r.URL.RequestURI()})
	write, media := sheet.ODS, sheet.TypeODS
	switch format {
	case "csv":
		local := sheet.Local{Separator: ';', Point: ","}
		if l.code == quantity.English {
			local = sheet.Local{Separator: ',', Point: "."}
		}
		media = sheet.TypeCSV
		attach(w, g, t.Caption, format, media)
		if err := sheet.CSV(w, s, local); err != nil {
			p.broken(r, err)
		}
		return
	case "xlsx":
		write, media = sheet.XLSX, sheet.TypeXLSX
	}
	attach(w, g, t.Caption, format, media)
	if err := write(w, s); err != nil {
		p.broken(r, err)
	}
}

// where says of whom a page is: it has more than its title where it is a part of others.
func (g *page) where() string {
	if len(g.Crumbs) == 0 {
		return g.Title
	}
	var names []string
	for _, c := range g.Crumbs {
		names = append(names, c.Text)
	}
	return strings.Join(names, ", ")
}

// pngScale is how many pixels a unit of a drawing has: enough for print.
const pngScale = 2

func (p *Pages) sendPicture(w http.ResponseWriter, r *http.Request, g *page, pic *picture, format string) {
	l := g.language
	labels := chart.Labels{Title: pic.Title, Source: joined(" · ", "Ecoparc", g.where(), g.YearText)}
	if g.Simulated {
		labels.Title = l.say("simulated.mark") + " · " + labels.Title
	}
	if g.Footer != nil {
		labels.Source = joined(" · ", labels.Source, g.Footer.Note)
	}
	drawing, err := chart.Alone(string(pic.SVG), p.style, labels)
	media := "image/svg+xml; charset=utf-8"
	if err == nil && format == "png" {
		var out bytes.Buffer
		err = p.painter.PNG(&out, drawing, pngScale)
		drawing, media = out.Bytes(), "image/png"
	}
	if err != nil {
		p.fail(w, r, g, err)
		return
	}
	attach(w, g, pic.Title, format, media)
	w.Write(drawing)
}

// broken takes note of a file that was not sent to its end: its head is gone already.
func (p *Pages) broken(r *http.Request, err error) {
	p.Logger.Warn("cannot send a file to its end", "path", r.URL.Path, "error", err)
}

// attach sets the head of a file, with a name that says what it is.
func attach(w http.ResponseWriter, g *page, caption, format, media string) {
	name := joined("-", "ecoparc", slug(g.where()), slug(caption))
	if g.Simulated {
		name = slug(g.language.say("simulated.mark")) + "-" + name
	}
	for _, y := range g.Years {
		if y.Current {
			name += fmt.Sprint("-", y.Value)
		}
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.%s"`, name, format))
	h.Set("Content-Language", string(g.Lang))
	h.Set("Cache-Control", "private, no-store")
}

// slug is a text in the letters that every file system takes.
func slug(text string) string {
	var b strings.Builder
	for _, r := range view.Plain(text) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String()[:min(b.Len(), 60)], "-")
}

// joined are the texts that say something, with a mark between them.
func joined(mark string, texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), mark)
}
