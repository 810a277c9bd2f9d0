package config_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ecoparc/ecoparc/collector/config"
)

// A file says what differs from the defaults.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "ecoparc-*")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "ecoparc.yaml")
	text := "listen: 127.0.0.1:9000\n" +
		"data_dir: parc\n" +
		"electricity:\n  territory: FR-974\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	within, err := filepath.Rel(dir, c.DataDir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Listen, "data beside the file:", within)
	fmt.Println(c.Location(), "open for", c.Opening.Hours(), "h a school day")
	// Output:
	// 127.0.0.1:9000 data beside the file: parc
	// Indian/Reunion open for 12 h a school day
}

// Every mistake is told at once.
func ExampleConfig_Check() {
	c := config.Default()
	c.Listen, c.Method = "0.0.0.0:8080", "guess"
	_, err := c.Check()
	fmt.Println(err)
	// Output:
	// options: listen: is reachable from outside without TLS; set tls.cert_file and tls.key_file, or tls.behind_proxy: true when a proxy ends TLS, or listen on 127.0.0.1
	// options: method: is "guess"; allowed are ["ademe" "maker"]
}
