// Package data holds every number that Ecoparc computes with, as rows that say
// where they come from. Nothing here is code: change a number in its file.
package data

import "embed"

// Files are the factor files (*.yaml), the school calendar (calendar/*.csv), the
// makers' footprints (footprints/*.csv) and what changed with each version of the
// formulas (changes/*.csv).
//
//go:embed *.yaml calendar/*.csv footprints/*.csv changes/*.csv
var Files embed.FS
