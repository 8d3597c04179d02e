package display

import (
	"image"
	"slices"
	"testing"

	"go.uber.org/goleak"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/ssd1306"
	"periph.io/x/devices/v3/ssd1306/image1bit"

	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/sdk/credential"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cell is where a letter stands.
var cell = image.Pt(cellWidth, cellHeight)

// reads gives what stands on a module.
func reads(m *ssd1306sim.Model) []string { return ssd1306sim.Read(m.Picture(), face, cell, baseline) }

// module is one with the bus that it is on, as periph wants it and as ours does.
type module struct{ *ssd1306sim.Model }

func (module) String() string                     { return "simulated" }
func (module) SetSpeed(physic.Frequency) error    { return nil }
func (module) Close() error                       { return nil }
func (m module) periph(t *testing.T) periphs      { return periphs{t, m, nil} }
func (m module) ours(c Config) panel              { return newPanel(c, m) }
func written(words string) *image1bit.VerticalLSB { return picture([]string{words}, 64) }

// periphs is periph's driver alone.
type periphs struct {
	t *testing.T
	module
	device *ssd1306.Dev
}

func (p *periphs) open() error {
	var err error
	p.device, err = ssd1306.NewI2C(p.module, &ssd1306.DefaultOpts)
	return err
}

func (p *periphs) draw(picture image.Image) error {
	return p.device.Draw(picture.Bounds(), picture, image.Point{})
}

var usual = Config{Bus: "/dev/i2c-1", Address: "0x3c", Size: "128x64", Brightness: 100}

// What is wrong with periph's driver, and ours without it. A fault that was mended there
// fails here, and what is around it can go.
func TestFaults(t *testing.T) {
	t.Parallel()
	first, second := written("Welcome"), written("Welcome back")
	for name, run := range map[string]func(*testing.T){
		"it knows one address": func(t *testing.T) {
			m := module{ssd1306sim.New(0x3D, 64)}
			if p := m.periph(t); p.open() == nil {
				t.Error("periph finds the other address")
			}
			other := usual
			other.Address = "0x3d"
			if err := m.ours(other).show(t.Context(), first); err != nil {
				t.Error(err)
			}
		},
		"it sends a row at a time": func(t *testing.T) {
			longest := func(draw func(bus *i2ctest.Record) error) (n int) {
				record := &i2ctest.Record{Bus: module{ssd1306sim.New(0x3C, 64)}}
				if err := draw(record); err != nil {
					t.Fatal(err)
				}
				for _, op := range record.Ops {
					n = max(n, len(op.W))
				}
				return n
			}
			if n := longest(func(bus *i2ctest.Record) error {
				d, err := ssd1306.NewI2C(bus, &ssd1306.DefaultOpts)
				if err != nil {
					return err
				}
				return d.Draw(first.Bounds(), first, image.Point{})
			}); n != 1+width {
				t.Errorf("periph sends %d bytes at a time", n)
			}
			if n := longest(func(bus *i2ctest.Record) error {
				return newPanel(usual, recorded{bus}).show(t.Context(), first)
			}); n > 61 {
				t.Errorf("%d bytes at a time", n)
			}
		},
		"it lights what was there before": func(t *testing.T) {
			m := module{ssd1306sim.New(0x3C, 64)}
			p := m.periph(t)
			if err := p.open(); err != nil || len(m.Pictures()) == 0 {
				t.Errorf("periph lights nothing before it draws: %v", err)
			}
			m = module{ssd1306sim.New(0x3C, 64)}
			if err := m.ours(usual).show(t.Context(), first); err != nil || len(m.Pictures()) != 1 || !same(m, first) {
				t.Errorf("%d pictures were lit: %v", len(m.Pictures()), err)
			}
		},
		"it takes for drawn what failed": func(t *testing.T) {
			m := module{ssd1306sim.New(0x3C, 64)}
			p := m.periph(t)
			if err := p.open(); err != nil {
				t.Fatal(err)
			}
			m.Fail(1)
			if p.draw(first) == nil || p.draw(first) != nil || same(m, first) {
				t.Error("periph draws what failed again")
			}
			m.Fail(1)
			if m.ours(usual).show(t.Context(), first) == nil || m.ours(usual).show(t.Context(), first) != nil || !same(m, first) {
				t.Error("what failed is not drawn again")
			}
		},
		"its parts are for another mode": func(t *testing.T) {
			m := module{ssd1306sim.New(0x3C, 64)}
			p := m.periph(t)
			if p.open() != nil || p.draw(first) != nil || p.draw(second) != nil || same(m, second) {
				t.Error("periph draws a part of a picture as the data sheet has it")
			}
			if m.ours(usual).show(t.Context(), first) != nil || m.ours(usual).show(t.Context(), second) != nil || !same(m, second) {
				t.Error("the second picture is another")
			}
		},
	} {
		t.Run(name, run)
	}
}

// recorded is a bus that keeps what goes over it.
type recorded struct{ *i2ctest.Record }

func (recorded) Close() error { return nil }

// same says whether a module shows a picture.
func same(m module, want *image1bit.VerticalLSB) bool {
	got := m.Picture()
	for y := range want.Rect.Dy() {
		for x := range want.Rect.Dx() {
			if bool(want.BitAt(x, y)) != (got.GrayAt(x, y).Y > 0) {
				return false
			}
		}
	}
	return true
}

// Every size, address and brightness is the module's own, and nothing comes over the bus that
// its data sheet has not.
func TestPanels(t *testing.T) {
	t.Parallel()
	for size, height := range map[string]int{"128x64": 64, "128x32": 32} {
		for name, address := range map[string]uint16{"0x3c": 0x3C, "0x3d": 0x3D} {
			m := module{ssd1306sim.New(address, height)}
			for brightness := 1; brightness <= 100; brightness++ {
				c := Config{Bus: "/dev/i2c-1", Address: name, Size: size, Brightness: brightness}
				p := pages(credential.Reply{Verdict: credential.VerdictGranted, Text: "Come in."}, c.height())
				if err := m.ours(c).show(t.Context(), p[0]); err != nil {
					t.Fatal(err)
				}
				if want := byte(255 * brightness / 100); m.Contrast() != want {
					t.Errorf("%d %% of brightness are %d, want %d", brightness, m.Contrast(), want)
				}
			}
			if got := reads(m.Model); !slices.Equal(got, []string{"Welcome", "Come in."}) {
				t.Errorf("%s at %s: %q", size, name, got)
			}
			if w := m.Wrong(); w != nil {
				t.Errorf("%s at %s: %q", size, name, w)
			}
			if err := m.ours(usual).dark(); address == 0x3C && (err != nil || m.Contrast() != 0) {
				t.Errorf("dark: %v, at %d", err, m.Contrast())
			}
		}
	}
}
