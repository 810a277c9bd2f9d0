package spool_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/ecoparc/ecoparc/agent/spool"
	"github.com/ecoparc/ecoparc/models/report"
)

// A window is gone from the spool once the collector has it, and no sooner.
func Example() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := spool.Open(dir, spool.DefaultLimitB)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	eight := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for quarter := range 4 {
		start := eight.Add(time.Duration(quarter) * report.WindowLength)
		if err := s.Append(report.Window{Start: start, SpanS: 900, LoadMs: report.Loads{900_000}}); err != nil {
			log.Fatal(err)
		}
	}

	waits := func() int64 {
		n, err := s.Waiting()
		if err != nil {
			log.Fatal(err)
		}
		return n
	}
	windows, upTo, err := s.Peek(3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(windows), "are sent, waiting:", waits())
	if err := s.Ack(upTo); err != nil { // the collector has answered
		log.Fatal(err)
	}
	fmt.Println("acknowledged, waiting:", waits(), "dropped:", s.Dropped())
	// Output:
	// 3 are sent, waiting: 4
	// acknowledged, waiting: 1 dropped: 0
}
