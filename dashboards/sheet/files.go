package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// The media types of the files.
const (
	TypeCSV  = "text/csv; charset=utf-8"
	TypeODS  = "application/vnd.oasis.opendocument.spreadsheet"
	TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

const declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

// part is a file inside of a file.
type part struct {
	name  string
	write func(*bufio.Writer) error
}

func fixed(name, text string) part {
	return part{name, func(w *bufio.Writer) error { _, err := w.WriteString(declaration + text); return err }}
}

// pack writes parts one after the other as they are made.
func pack(z *zip.Writer, parts []part) error {
	for _, p := range parts {
		f, err := z.Create(p.name)
		if err != nil {
			return err
		}
		w := bufio.NewWriter(f)
		if err := p.write(w); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return z.Close()
}

// escaped is a text inside of XML; what XML cannot hold is replaced.
func escaped(text string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

// ODS writes an OpenDocument spreadsheet, as LibreOffice does.
func ODS(w io.Writer, s Sheet) error {
	z := zip.NewWriter(w)
	// The media type comes first and as it is, so that a file is known by its first bytes.
	raw, err := z.CreateRaw(&zip.FileHeader{Name: "mimetype", Method: zip.Store, CRC32: crc32.ChecksumIEEE([]byte(TypeODS)), CompressedSize64: uint64(len(TypeODS)), UncompressedSize64: uint64(len(TypeODS))})
	if err != nil {
		return err
	}
	if _, err := io.WriteString(raw, TypeODS); err != nil {
		return err
	}
	return pack(z, []part{
		fixed("META-INF/manifest.xml", `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">`+
			`<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="`+TypeODS+`"/>`+
			`<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`),
		{"content.xml", func(w *bufio.Writer) error { return odsContent(w, s) }},
	})
}

func odsContent(w *bufio.Writer, s Sheet) error {
	w.WriteString(declaration + `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"` +
		` xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"` +
		` xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">` +
		`<office:automatic-styles><style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="5cm"/></style:style>` +
		`<style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style></office:automatic-styles>` +
		`<office:body><office:spreadsheet>`)
	cells := func(row []Cell, style string) {
		w.WriteString(`<table:table-row>`)
		for _, c := range row {
			switch {
			case c.IsNumber && digits(c.Number) != "":
				fmt.Fprintf(w, `<table:table-cell office:value-type="float" office:value="%[1]s"><text:p>%[1]s</text:p></table:table-cell>`, digits(c.Number))
			case c.IsNumber || c.Text == "":
				w.WriteString(`<table:table-cell/>`)
			default:
				fmt.Fprintf(w, `<table:table-cell office:value-type="string"%s><text:p>%s</text:p></table:table-cell>`, style, escaped(c.Text))
			}
		}
		w.WriteString(`</table:table-row>`)
	}
	for _, one := range sheets(s) {
		fmt.Fprintf(w, `<table:table table:name="%s"><table:table-column table:style-name="wide" table:number-columns-repeated="%d"/>`, escaped(one.Name), max(2, len(one.Columns)))
		if len(one.Columns) > 0 {
			w.WriteString(`<table:table-header-rows>`)
			cells(titles(one), ` table:style-name="title"`)
			w.WriteString(`</table:table-header-rows>`)
		}
		for row := range one.Rows {
			cells(row, "")
		}
		w.WriteString(`</table:table>`)
	}
	_, err := w.WriteString(`</office:spreadsheet></office:body></office:document-content>`)
	return err // a buffer keeps its first error
}

// XLSX writes an Office Open XML workbook, as Excel does.
func XLSX(w io.Writer, s Sheet) error {
	all := sheets(s)
	var types, names, relations strings.Builder
	for i, one := range all {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, n)
		fmt.Fprintf(&names, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(one.Name), n, n)
		fmt.Fprintf(&relations, `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n, n)
	}
	const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	parts := []part{
		fixed("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`+
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>`+types.String()+`</Types>`),
		fixed("_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		fixed("xl/workbook.xml", `<workbook xmlns="`+main+`" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>`+names.String()+`</sheets></workbook>`),
		fixed("xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+relations.String()+
			`<Relationship Id="styles" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`),
		fixed("xl/styles.xml", `<styleSheet xmlns="`+main+`"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>`+
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>`+
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs></styleSheet>`),
	}
	for i, one := range all {
		parts = append(parts, part{fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1), func(w *bufio.Writer) error { return xlsxRows(w, one, main) }})
	}
	return pack(zip.NewWriter(w), parts)
}

func xlsxRows(w *bufio.Writer, s Sheet, namespace string) error {
	w.WriteString(declaration + `<worksheet xmlns="` + namespace + `">`)
	if len(s.Columns) > 0 { // the titles stay when the rows are scrolled
		w.WriteString(`<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`)
	}
	fmt.Fprintf(w, `<cols><col min="1" max="%d" width="24" customWidth="1"/></cols><sheetData>`, max(2, len(s.Columns)))
	line := 0
	cells := func(row []Cell, style string) {
		line++
		fmt.Fprintf(w, `<row r="%d">`, line)
		for i, c := range row {
			switch {
			case c.IsNumber && digits(c.Number) != "":
				fmt.Fprintf(w, `<c r="%s%d"><v>%s</v></c>`, letters(i), line, digits(c.Number))
			case !c.IsNumber && c.Text != "":
				fmt.Fprintf(w, `<c r="%s%d"%s t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, letters(i), line, style, escaped(c.Text))
			}
		}
		w.WriteString(`</row>`)
	}
	if len(s.Columns) > 0 {
		cells(titles(s), ` s="1"`)
	}
	for row := range s.Rows {
		cells(row, "")
	}
	_, err := w.WriteString(`</sheetData></worksheet>`)
	return err
}

// letters is the name of a column: A, B, ..., Z, AA.
func letters(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}
