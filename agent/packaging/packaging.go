// Package packaging has what the installers of the agent are made of, and the few
// of their files that `ecoparc-agent service install` needs too. The script build, which
// `make packages` runs, makes .deb, .rpm, .msi and archives of them.
package packaging

import _ "embed"

// Unit is the systemd unit of the service, as the packages ship it.
//
//go:embed ecoparc-agent.service
var Unit string

// MeterRights are the systemd-tmpfiles rules that let the service's group, and
// nobody else, read the processors' energy counters and the serial number.
//
//go:embed ecoparc-agent.tmpfiles
var MeterRights string

// Daemon is the property list of the launch daemon, with gaps for the program and its
// arguments. What the agent says goes to its state folder: its account may write nowhere
// else. It has umask 077, and comes back a minute after a crash.
//
//go:embed ecoparc-agent.plist
var Daemon string

// Program is where the packages put the agent.
const Program = "/usr/bin/ecoparc-agent"
