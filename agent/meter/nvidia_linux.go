package meter

import (
	"path/filepath"
	"strings"
)

// nvidiaCard is a graphics card of NVIDIA.
type nvidiaCard struct {
	sleeps bool // the kernel may switch it off while nobody uses it
}

// nvidiaCards are the display devices of that maker on the PCI bus.
func nvidiaCards(root string) (cards []nvidiaCard) {
	devices, _ := filepath.Glob(filepath.Join(root, "sys/bus/pci/devices/*"))
	for _, dir := range devices {
		maker, _ := readText(dir, "vendor")
		class, _ := readText(dir, "class")
		if maker != "0x10de" || !strings.HasPrefix(class, "0x03") {
			continue
		}
		control, _ := readText(dir, "power/control")
		cards = append(cards, nvidiaCard{sleeps: control == "auto"})
	}
	return cards
}
