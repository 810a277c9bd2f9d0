package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ecoparc/ecoparc/collector/browsertest"
)

// Someone who copies the examples of docs/api.md one after the other succeeds with each.
func TestExamplesOfTheDocumentationAreAnswered(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		browsertest.Need(t, "no curl found: install Debian's package curl")
	}
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, c := documented(t)
	c.get(200, "/api/v1/organisations", nil)
	var key struct{ Key string }
	c.send(201, "POST", "/api/v1/users/zoe/keys", `{"name": "inventory", "scopes": ["read_devices"], "valid_days": 30}`, &key)
	dir := t.TempDir()
	for name, list := range map[string]string{
		"annuaire.csv": "nom_etablissement;type_etablissement\nLycée A;Lycée\n",
		"tickets.csv":  "Poste;Jour;Pièce\nP-1;2025-03-04;Batterie\nP-1;2025-03-05;Réseau\n",
		"glpi.csv":     "Nom;Fabricant;Modèle;Type;Numéro de série;Lieu;Ancienneté\nP-1;HP;ProBook 450;Portable;S1;Lycée A;2023-09-01\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asHere := strings.NewReplacer("curl ", "curl --fail-with-body --silent --show-error ", "-u zoe", "-u 'zoe:twelve letters'", "https://ecoparc.example.fr", c.address, "ecoparc_...", key.Key)
	examples := 0
	for line := range strings.Lines(string(text)) {
		example, ok := strings.CutPrefix(line, "    curl ")
		if !ok {
			continue
		}
		examples++
		shell := exec.CommandContext(t.Context(), "sh", "-c", asHere.Replace("curl "+example))
		shell.Dir, shell.Env = dir, append(os.Environ(), "AT="+c.address+"/api/v1")
		if said, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%s%v: %s", line, err, said)
		}
	}
	if examples < 5 {
		t.Errorf("only %d examples were found", examples)
	}
}
