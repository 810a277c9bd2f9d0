// Package processors holds the thermal design power of processors, as sorted
// lines of a name and a power in W. It is a package of its own so that only
// programs that look processors up carry the table.
//
// The lines are facts from codecarbon's cpu_power.csv (MIT; NOTICE.txt beside
// this file); `make processors` writes them anew.
package processors

import _ "embed"

// CSV is the table: a line of column names, then "processor,tdp_w" by line.
//
//go:embed tdp.csv
var CSV string

// SourceID is the source of every line, a key of the factors' sources.
const SourceID = "codecarbon"
