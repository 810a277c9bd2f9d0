package mail_test

import (
	"fmt"

	"github.com/ecoparc/ecoparc/collector/mail"
	"github.com/ecoparc/ecoparc/models/strictyaml"
)

// An address is taken as people write it, and kept alone.
func ExampleAddress() {
	for _, text := range []string{"Zoé Martin <zoe@region.example>", "zoe at region"} {
		address, err := mail.Address(text)
		fmt.Printf("%q refused: %t\n", address, err != nil)
	}
	// Output:
	// "zoe@region.example" refused: false
	// "" refused: true
}

// What cannot be is told with its line before anything is sent.
func ExampleConfig_Validate() {
	section := struct {
		Mail mail.Config `yaml:"mail"`
	}{mail.Default()}
	file := "mail:\n  host: smtp.region.example\n  from: ecoparc\n"
	doc := strictyaml.Decode("ecoparc.yaml", []byte(file), &section, "", nil)
	section.Mail.Validate(doc, "mail")
	fmt.Println(doc.Err())
	// Output:
	// ecoparc.yaml: line 3: mail.from: is "ecoparc"; an address is expected, as in Ecoparc <ecoparc@region.example>
}
