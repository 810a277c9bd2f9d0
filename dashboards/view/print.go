package view

import "context"

// Printer makes a PDF of a page. The page stands alone: what it needs besides is its style
// sheet, which it calls PrintedStyle.
type Printer interface {
	PDF(ctx context.Context, page, style []byte) ([]byte, error)
}

// PrintedStyle is the address of the style sheet in a page that is printed.
const PrintedStyle = "style.css"
