package simulate

import "github.com/ecoparc/ecoparc/models/equipment"

// kind is a kind of device in a simulated school.
type kind struct {
	category    equipment.Category
	population  equipment.Population
	prefix      string
	agent       bool
	maxAgeYears int
	habit       habit
	products    []product
}

// product is an invented product: no maker is shown for what it did not build.
type product struct {
	maker, model, os, cpu      string
	cpus, memoryMiB, storageGB int64

	priceEuros  int64
	failsYearly float64 // rate at which devices of it fail
}

var laptops = []product{
	{"Alpha", "Cahier 11", "ubuntu", "Alpha N100", 4, 8192, 128, 320, 0.14},
	{"Alpha", "Cahier 14", "windows", "Alpha U5", 8, 8192, 256, 540, 0.05},
	{"Beta", "Notebook E14", "windows", "Beta 5500", 12, 16384, 256, 610, 0.04},
}

func laptopOf(p equipment.Population) kind {
	return kind{
		category: equipment.Laptop, population: p, prefix: "PORT", agent: true, maxAgeYears: 6, products: laptops,
		habit: habit{hours: 3.2, chance: 0.75, sleeps: true, meanLoad: 0.12, batteryW: 8.5},
	}
}

func desktopOf(p equipment.Population) kind {
	return kind{
		category: equipment.Desktop, population: p, prefix: "FIXE", agent: true, maxAgeYears: 9,
		habit:    habit{hours: 5, chance: 0.8, leftOn: 0.05, meanLoad: 0.08},
		products: []product{{"Gamma", "Tour 300", "windows", "Gamma 4", 4, 8192, 256, 480, 0.03}, {"Gamma", "Mini 20", "windows", "Gamma 6", 8, 16384, 256, 570, 0.035}},
	}
}

func tabletOf(p equipment.Population) kind {
	return kind{category: equipment.Tablet, population: p, prefix: "TAB", maxAgeYears: 5, products: []product{{"Delta", "Ardoise 10", "", "", 8, 4096, 64, 290, 0.09}}}
}

func monitorOf(p equipment.Population) kind {
	return kind{category: equipment.Monitor, population: p, prefix: "ECR", maxAgeYears: 9, products: []product{{"Epsilon", "Vue 22", "", "", 0, 0, 0, 130, 0.03}}}
}

func serverOf() kind {
	return kind{
		category: equipment.Server, population: equipment.Infrastructure, prefix: "SRV", agent: true, maxAgeYears: 7,
		habit:    habit{meanLoad: 0.1},
		products: []product{{"Zeta", "Rack 1U", "debian", "Zeta 16", 32, 65536, 4000, 4200, 0.05}},
	}
}
