package strictyaml_test

import (
	"fmt"
	"time"

	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// Each mistake is told with its line, all of them at once, and what the program itself
// finds wrong is told in the same way. What the file leaves out keeps its default.
func ExampleDecode() {
	agent := struct {
		Collector string        `yaml:"collector"`
		Sample    time.Duration `yaml:"sample"`
		DayBytes  int64         `yaml:"day_bytes"`
	}{Sample: 15 * time.Second}
	file := "collecter: https://parc.example\n" +
		"day_bytes: -1\n"
	noEnvironment := func(string) (string, bool) { return "", false }

	doc := strictyaml.Decode("ecoparc.yaml", []byte(file), &agent, "ECOPARC", noEnvironment)
	if agent.DayBytes < 0 {
		doc.Problem("day_bytes", "found %d, expected at least 0", agent.DayBytes)
	}
	fmt.Println(doc.Err())
	fmt.Println("a sample each", agent.Sample)
	// Output:
	// ecoparc.yaml: line 1: unknown key "collecter" at the top level; allowed are collector, sample, day_bytes
	// ecoparc.yaml: line 2: day_bytes: found -1, expected at least 0
	// a sample each 15s
}
