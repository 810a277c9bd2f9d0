# `make help` lists what there is. Everything installed for tests goes into .tools, which git ignores.

export PATH := $(CURDIR)/.tools/bin:$(PATH)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 26

.PHONY: test
test: ## install what the tests need, check the code, run every test with the race detector
	@.ci/test

.PHONY: tools
tools: ## install what the tests need, and say what cannot be installed
	@.ci/tools

.PHONY: platforms
platforms: ## try the agent on every platform, as far as this machine can
	@.ci/platforms all

.PHONY: guides
guides: ## do what docs/agent.md tells administrators to do, on machines that boot, as root
	@.ci/guides

.PHONY: build
build: ## both programs for this machine, into dist/
	CGO_ENABLED=0 go build -trimpath -tags nethttpomithttp2 -ldflags '$(LDFLAGS)' -o dist/ecoparc-agent ./agent
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o dist/ecoparc-collector ./collector

.PHONY: packages
packages: ## installers of the agent for all systems, with sums and parts lists, into dist/packages
	agent/packaging/build dist/packages

.PHONY: generate
generate: ## write the golden files of the meters anew; look at the difference before you commit it
	go test ./agent/meter -update

.PHONY: processors
processors: ## write the table of processors anew FROM=codecarbon's cpu_power.csv
	go run ./collector/processors "$(FROM)" models/data/processors/tdp.csv

.PHONY: footprints
footprints: ## make the table of makers' footprints anew from Boavizta's file, DATA=FILE
	go run ./collector evaluate footprints --data '$(DATA)' --to models/data/footprints

.PHONY: outlines
outlines: ## make the outlines of the départements anew from the drawing of svg-maps, DRAWING=FILE
	go run dashboards/outline/make.go '$(DRAWING)' > dashboards/outline/france.txt

.PHONY: licences
licences: ## write THIRD-PARTY.txt anew: what ships inside of the programs, with its licences
	@.ci/licences

FUZZTIME ?= 30s
.PHONY: fuzz
fuzz: ## try each parser with FUZZTIME (30s) of new inputs
	@.ci/fuzz $(FUZZTIME)

CHECKS ?= 2000
.PHONY: properties
properties: ## draw CHECKS (2000) examples for each property that a test draws 100 for
	@.ci/properties $(CHECKS)

KILLS ?= 200
.PHONY: soak
soak: ## kill the collector KILLS (200) times under load and the agent 500 times, and check that nothing is lost or counted twice
	ECOPARC_TEST_SPOOL_KILLS=500 go test -count 1 -timeout 60m -run 'Killed' ./agent/spool ./agent/uplink
	ECOPARC_SOAK=$(KILLS) go test -count 1 -timeout 60m -run 'SurvivesKill' ./collector/ledger
	ECOPARC_SOAK=$(KILLS) go test -count 1 -timeout 60m -run 'SurvivesKills' ./collector

.PHONY: screens
screens: ## draw the pages anew, as pictures, into docs/screens
	ECOPARC_SCREENS=$(CURDIR)/docs/screens go test -count 1 -run Simulated ./collector/quickstart

.PHONY: lighthouse
lighthouse: ## judge the pages with Lighthouse, into docs/benchmarks.md
	@.ci/lighthouse

INFLUXD ?= $(wildcard .tools/bin/influxd)
BENCH_SECONDS ?= 15
.PHONY: bench-models
bench-models: ## measure the models, into docs/benchmarks.md
	@.ci/bench-models

.PHONY: bench-collector
bench-collector: build ## measure intake beside its peers, BENCH_SECONDS (15) of each kind, into docs/benchmarks.md
	dist/ecoparc-collector bench intake --data . --seconds $(BENCH_SECONDS) --markdown docs/benchmarks.md $(if $(INFLUXD),--influxd $(INFLUXD))

NODE_EXPORTER ?= $(wildcard .tools/bin/node_exporter)
TELEGRAF ?= $(wildcard .tools/bin/telegraf)
AGENT_BENCH_FOR ?= 10m
.PHONY: bench-agent
bench-agent: build ## measure for AGENT_BENCH_FOR (10m) what the agent costs a machine, beside its peers, into docs/benchmarks.md
	go run ./agent/internal/bench --agent dist/ecoparc-agent --for $(AGENT_BENCH_FOR) --markdown docs/benchmarks.md $(if $(NODE_EXPORTER),--node-exporter $(NODE_EXPORTER)) $(if $(TELEGRAF),--telegraf $(TELEGRAF))

.PHONY: clean
clean: ## remove what was built and installed here (not ecoparc-data)
	rm -rf dist .tools
