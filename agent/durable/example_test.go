package durable_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ecoparc/ecoparc/agent/durable"
)

// A note is kept over and over: a power cut in the second writing would leave the
// first.
func ExampleWriteNote() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	type state struct{ Acknowledged int }
	note := filepath.Join(dir, "state")
	for _, windows := range []int{4, 8} {
		if err := durable.WriteNote(note, state{windows}); err != nil {
			log.Fatal(err)
		}
	}
	var kept state
	if err := durable.ReadNote(note, &kept); err != nil {
		log.Fatal(err)
	}
	fmt.Println(kept.Acknowledged, "windows")
	// Output: 8 windows
}

// A file is the old one or the new one, whenever the power fails.
func ExampleReplace() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "identity.json")
	for _, text := range []string{`{"device":"old"}`, `{"device":"new"}`} {
		if err := durable.Replace(file, []byte(text)); err != nil {
			log.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	// Output: {"device":"new"}
}
