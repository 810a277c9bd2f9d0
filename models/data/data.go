// Package data holds every number that Ecoparc computes with, as rows that say
// where they come from. Nothing here is code: change a number in its file.
package data

import "embed"

// Files are the factor files (*.yaml) and the school calendar (calendar/*.csv).
//
//go:embed *.yaml calendar/*.csv
var Files embed.FS
