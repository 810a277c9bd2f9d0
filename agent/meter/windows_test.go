package meter

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/ecoparc/ecoparc/models/report"
)

// fake is a device of Windows that gives prepared answers.
type fake struct {
	answers map[uint32][]byte
	refuses error
	asked   map[uint32]int
}

func (f *fake) ask(code uint32, _ []byte, roomB int) ([]byte, error) {
	if f.asked == nil {
		f.asked = map[uint32]int{}
	}
	f.asked[code]++
	if f.refuses != nil {
		return nil, f.refuses
	}
	answer, ok := f.answers[code]
	if !ok {
		return nil, ErrNone
	}
	return answer[:min(len(answer), roomB)], nil
}

func u16(n int) []byte { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }

func u32(numbers ...uint32) (b []byte) {
	for _, n := range numbers {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

func wide(text string, bytes int) []byte {
	var b []byte
	for _, c := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, c)
	}
	for len(b) < bytes {
		b = append(b, 0)
	}
	return b
}

// metadataV2 is EMI_METADATA_V2 of channels.
func metadataV2(names ...string) []byte {
	b := append(wide("Microsoft", 32), wide("RAPL", 32)...)
	b = append(append(b, u16(1)...), u16(len(names))...)
	for _, name := range names {
		text := wide(name, 2*len(name)+2)
		b = append(append(append(b, u32(picowattHours)...), u16(len(text))...), text...)
	}
	return b
}

func emiDevice(version int, metadata []byte, pwh ...uint64) *fake {
	f := &fake{answers: map[uint32][]byte{emiVersion: u16(version), emiMetadataSize: u32(uint32(len(metadata))), emiMetadata: metadata}}
	f.count(pwh...)
	return f
}

func (f *fake) count(pwh ...uint64) {
	var b []byte
	for _, n := range pwh {
		b = binary.LittleEndian.AppendUint64(b, n)
		b = binary.LittleEndian.AppendUint64(b, 123)
	}
	f.answers[emiMeasurement] = b
}

func sources(f *Found) (list string) {
	for _, m := range f.Looked {
		list += " " + m.Source + ":" + string(m.Status)
	}
	return strings.TrimSpace(list)
}

func TestWindowsEnergyMetersThatAreKept(t *testing.T) {
	intel := []string{"RAPL_Package0_PKG", "RAPL_Package0_PP0", "RAPL_Package0_PP1", "RAPL_Package0_DRAM"}
	v1 := append(append(append(u32(picowattHours), wide("OEM", 32)...), wide("Board", 32)...), append(u16(1), append(u16(8), wide("CPU", 8)...)...)...)
	short := emiDevice(2, metadataV2(intel...), 9_000_000, 1, 1, 1)
	short.answers[emiMeasurement] = short.answers[emiMeasurement][:40]
	for _, c := range []struct {
		what    string
		devices []device
		want    string
	}{
		{"none", nil, "emi:none"},
		{"a processor of Intel", []device{emiDevice(2, metadataV2(intel...), 9_000_000, 8_000_000, 100, 0)}, "emi-RAPL_Package0_PKG:read"},
		{"cores alone, as of AMD", []device{emiDevice(2, metadataV2("RAPL_Package0_Core0_CORE", "RAPL_Package0_PKG"), 5, 9_000_000)}, "emi-RAPL_Package0_PKG:read"},
		{"no package", []device{emiDevice(2, metadataV2("RAPL_Package0_PP0"), 5)}, "emi:none"},
		{"a board with its own meters", []device{emiDevice(1, v1, 5)}, "emi:none"},
		{"two processors", []device{emiDevice(2, metadataV2("RAPL_Package0_PKG", "RAPL_Package1_PKG"), 9_000_000, 7_000_000)}, "emi-RAPL_Package0_PKG:read emi-RAPL_Package1_PKG:read"},
		{"two dies that tell the same", []device{emiDevice(2, metadataV2("RAPL_Package0_PKG"), 9_000_000_000), emiDevice(2, metadataV2("RAPL_Package1_PKG"), 9_000_001_000)}, "emi-RAPL_Package0_PKG:read"},
		{"a virtual machine whose counter stands", []device{emiDevice(2, metadataV2(intel...), 0, 0, 0, 0)}, "emi-RAPL_Package0_PKG:unreadable"},
		{"a shorter answer than channels", []device{short}, "emi-RAPL_Package0_PKG:unreadable"},
		{"not permitted", []device{&fake{refuses: ErrPermission}}, "emi:denied"},
		{"a version to come", []device{emiDevice(3, metadataV2(intel...), 1)}, "emi:unreadable"},
	} {
		f := new(Found)
		f.findEMI(c.devices)
		if got := sources(f); got != c.want {
			t.Errorf("%s: %s; want %s (%+v)", c.what, got, c.want, f.Looked)
		}
	}
}

func TestWindowsEnergyMeterCountsPicowattHours(t *testing.T) {
	d := emiDevice(2, metadataV2("RAPL_Package0_PP0", "RAPL_Package0_PKG"), 1, 2_200_000_000_000_000)
	f := new(Found)
	f.findEMI([]device{d})
	m := f.Meters[0]
	if inc, err := m.Read(0); err != nil || inc.Covered != 0 {
		t.Fatalf("the first reading counts %+v, %v", inc, err)
	}
	d.count(1, 2_200_000_000_000_000+4_166_666_667) // 15 J
	want := Increment{"emi-RAPL_Package0_PKG", report.Package, 15_000_000, time.Second}
	if inc, err := m.Read(time.Second); err != nil || inc != want {
		t.Errorf("counted %+v, %v; want %+v", inc, err, want)
	}
	d.count(1, 5) // the driver was started anew
	if inc, err := m.Read(2 * time.Second); err != nil || inc.Covered != 0 {
		t.Errorf("a counter that restarted counts %+v, %v", inc, err)
	}
	d.refuses = ErrPermission
	if _, err := m.Read(3 * time.Second); !errors.Is(err, ErrPermission) {
		t.Errorf("error %v; want %v", err, ErrPermission)
	}
}

// TestEMIDescriptionByteForByte reads a description of two channels that was put
// together by hand after emi.h.
func TestEMIDescriptionByteForByte(t *testing.T) {
	text := strings.Repeat("00", 64) + "0100" + "0200" + // makers' names, revision, channels
		"00000000" + "0600" + "500031000000" + // pWh, 6 bytes, "P1"
		"00000000" + "0400" + "5a000000" // pWh, 4 bytes, "Z"
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	names, err := parseEMIMetadata(2, b)
	if err != nil || strings.Join(names, ",") != "P1,Z" {
		t.Errorf("channels %q, %v; want P1 and Z", names, err)
	}
	for n := range len(b) {
		if names, err := parseEMIMetadata(2, b[:n]); !errors.Is(err, ErrBroken) {
			t.Errorf("cut to %d bytes: %q, %v; want %v", n, names, err, ErrBroken)
		}
	}
	b[emiHeaderV2] = 1
	if _, err := parseEMIMetadata(2, b); !errors.Is(err, ErrBroken) {
		t.Errorf("another unit: %v; want %v", err, ErrBroken)
	}
}

func FuzzEMIDescription(f *testing.F) {
	f.Add(uint16(2), metadataV2("RAPL_Package0_PKG", "RAPL_Package0_PP0"))
	f.Add(uint16(1), append(make([]byte, emiHeaderV1), 'C', 0))
	f.Fuzz(func(t *testing.T, version uint16, b []byte) {
		names, err := parseEMIMetadata(version, b)
		if err != nil && !errors.Is(err, ErrBroken) {
			t.Errorf("error %v; want %v", err, ErrBroken)
		}
		if err == nil && len(names) > len(b) {
			t.Errorf("%d channels in %d bytes", len(names), len(b))
		}
	})
}

// classBatteryDevice is a battery of the machine: capabilities, capacities, cycles.
func classBatteryDevice(capabilities, design, full, cycles uint32) *fake {
	info := u32(capabilities, 0, 0, design, full, 0, 0, 0, cycles)
	return &fake{answers: map[uint32][]byte{batteryTag: u32(7), batteryInformation: info}}
}

func (f *fake) state(power uint32, rateMW int32) *fake {
	f.answers[batteryStatus] = u32(power, 30_000, 11_500, uint32(rateMW))
	return f
}

func TestWindowsBatteries(t *testing.T) {
	mouse := classBatteryDevice(0, 1000, 1000, 9).state(2, -500)
	ups := classBatteryDevice(systemBattery|shortTerm, 90_000, 90_000, 0).state(2, -50_000)
	empty := &fake{refuses: ErrNone}
	first, second := classBatteryDevice(systemBattery, 24_000, 20_000, 100).state(2, -5000), classBatteryDevice(systemBattery, 24_000, 23_000, 40).state(4, 3000)
	f := new(Found)
	f.findClassBatteries([]device{mouse, ups, empty, first, second}, func() bool { return false })
	if got := sources(f); got != "battery:read" || f.Battery != (Battery{48_000, 43_000, 100}) {
		t.Errorf("%s, %+v; want one meter of two batteries", got, f.Battery)
	}
	for _, c := range []struct {
		what    string
		devices []device
		want    string
	}{
		{"none", nil, "battery:none"},
		{"a mouse's", []device{mouse}, "battery:none"},
		{"no rate", []device{classBatteryDevice(systemBattery, 1, 1, 0).state(2, -0x80000000)}, "battery:unreadable"},
		{"per cent", []device{classBatteryDevice(systemBattery|relativeCapacity, 100, 90, 0).state(2, -10)}, "battery:unreadable"},
		{"an absurd rate", []device{classBatteryDevice(systemBattery, 1, 1, 0).state(2, -20_000_001)}, "battery:unreadable"},
		{"not permitted", []device{&fake{refuses: ErrPermission}}, "battery:denied"},
		{"a short answer", []device{&fake{answers: map[uint32][]byte{batteryTag: u32(1), batteryInformation: u32(1, 2)}}}, "battery:unreadable"},
	} {
		f := new(Found)
		f.findClassBatteries(c.devices, func() bool { return false })
		if got := sources(f); got != c.want {
			t.Errorf("%s: %s; want %s", c.what, got, c.want)
		}
	}
}

// TestBatteryIsAskedOnceAMinute follows a battery through a quarter of an hour.
func TestBatteryIsAskedOnceAMinute(t *testing.T) {
	d := classBatteryDevice(systemBattery, 50_000, 45_000, 10).state(2, -8000)
	mains := false
	f := new(Found)
	f.findClassBatteries([]device{d}, func() bool { return mains })
	d.asked = nil
	m := f.Meters[0]
	read := func(at time.Duration) Increment {
		t.Helper()
		inc, err := m.Read(at)
		if err != nil {
			t.Fatal(err)
		}
		return inc
	}
	var uj int64
	var covered time.Duration
	for i := range 61 {
		inc := read(time.Duration(i) * 15 * time.Second)
		uj, covered = uj+inc.EnergyUJ, covered+inc.Covered
	}
	if d.asked[batteryStatus] != 16 || uj != 8*900*1e6 || covered != 15*time.Minute {
		t.Errorf("asked %d times, %d µJ in %s; want 16 times and 8 W for 15 minutes", d.asked[batteryStatus], uj, covered)
	}
	mains = true
	if inc := read(915 * time.Second); inc.Covered != 0 {
		t.Errorf("on the mains it counts %+v", inc)
	}
	mains = false
	if inc := read(930 * time.Second); inc.Covered != 0 {
		t.Errorf("before it is asked it counts %+v", inc)
	}
	read(975 * time.Second)
	if inc := read(990 * time.Second); inc.EnergyUJ != 120e6 || inc.Covered != 15*time.Second {
		t.Errorf("after it was asked it counts %+v; want 8 W for 15 s", inc)
	}
	if inc := read(990*time.Second + longest + 1); inc.Covered != 0 {
		t.Errorf("over too long a time it counts %+v", inc)
	}
	d.refuses = ErrBroken
	if _, err := m.Read(20 * time.Minute); !errors.Is(err, ErrBroken) {
		t.Errorf("error %v; want %v", err, ErrBroken)
	}
}

func FuzzBatteryAnswers(f *testing.F) {
	f.Add(u32(7), u32(systemBattery, 0, 0, 24_000, 20_000, 0, 0, 0, 100), u32(2, 30_000, 11_500, 0xffffec78))
	f.Fuzz(func(t *testing.T, tag, info, status []byte) {
		found := new(Found)
		found.findClassBatteries([]device{&fake{answers: map[uint32][]byte{batteryTag: tag, batteryInformation: info, batteryStatus: status}}}, func() bool { return false })
		for i := range 3 {
			for _, m := range found.Meters {
				if inc, err := m.Read(time.Duration(i) * time.Minute); err == nil && (inc.EnergyUJ < 0 || inc.EnergyUJ > maxWatts*1e6*60) {
					t.Errorf("counts %+v", inc)
				}
			}
		}
	})
}
