package main

import (
	"encoding/json"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font/inconsolata"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/devices/v3/ssd1306"

	"github.com/openaisle/aisle/plugins/gpio/internal/cp2112sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
	"github.com/openaisle/aisle/tools/hil/storehost"
)

// oled is a display as the bridge sees it.
type oled struct{ *ssd1306sim.Model }

// written are the lines that a picture's pixels make.
func written(p *image.Gray) []string {
	return ssd1306sim.Read(p, inconsolata.Regular8x16, image.Pt(8, 16), 13)
}

// showed says whether lines stood on a display.
func (o oled) showed(want ...string) bool {
	return slices.ContainsFunc(o.Pictures(), func(p *image.Gray) bool { return slices.Equal(written(p), want) })
}

// A badge reader's display on an I2C bus of a real kernel, behind a bridge that takes 61 bytes at a
// time: what became of a presentation is read back from its pixels. It is pulled out and plugged in
// again, and the reader reads meanwhile.
func TestVMDisplay(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, its I2C behind a CP2112's 61 bytes")
	hil.VM{Modules: []string{"gpio-sim", "uhid", "hid-cp2112", "i2c-dev"}}.Run(t, func(t *testing.T) {
		t.Run("limit", vmLimit)
		t.Run("four lines", func(t *testing.T) { vmWords(t, oled{ssd1306sim.New(0x3C, 64)}, "0x3c", "128x64") })
		t.Run("two lines", func(t *testing.T) { vmWords(t, oled{ssd1306sim.New(0x3D, 32)}, "0x3d", "128x32") })
		t.Run("pulled out", vmPulledOut)
	})
}

// What the bridge takes at a time, and that periph's driver alone sends more.
func vmLimit(t *testing.T) {
	o := oled{ssd1306sim.New(0x3C, 64)}
	bus, err := i2cdev.Open(cp2112sim.New(t, o).Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	says := func(do func() error, words string) bool { // a busy machine has other errors now and then
		for range tries {
			if err := do(); err == nil && words == "" || err != nil && words != "" && strings.Contains(err.Error(), words) {
				return true
			}
		}
		return false
	}
	pixels := func(n int) func() error {
		return func() error { return bus.Tx(0x3C, append([]byte{0x40}, make([]byte, n-1)...), nil) }
	}
	if !says(pixels(61), "") || !says(pixels(62), "invalid argument") {
		t.Error("the kernel's limit is not 61 bytes")
	}
	if !says(func() error {
		d, err := ssd1306.NewI2C(bus.(i2c.Bus), &ssd1306.DefaultOpts)
		if err != nil {
			return err
		}
		return d.Draw(d.Bounds(), image.White, image.Point{})
	}, "invalid argument") {
		t.Error("periph's driver draws within the limit")
	}
}

// shower is a badge reader with a display.
type shower struct {
	*classtest.Rig
	t    *testing.T
	oled oled
	chip *gpiosim.Chip
}

// newShower opens one on simulated lines.
func newShower(t *testing.T, o oled, bus, address, size string) shower {
	t.Helper()
	chip := gpiosim.New(t, 2)
	chip.Set(0, true)
	chip.Set(1, true)
	config, _ := json.Marshal(map[string]any{
		"chip": chip.Path, "d0": 0, "d1": 1, "pause": 400 * time.Millisecond, "token_key": "a store's own key",
		"display": map[string]any{"bus": bus, "address": address, "size": size, "brightness": 50},
	})
	rig := classtest.Subject{
		Driver: "wiegand", Config: string(config), Patience: time.Minute,
		Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, plugin()) },
	}.Open(t)
	return shower{rig, t, o, chip}
}

// show has a reply shown. A busy machine in a machine may be too slow for it, and is asked
// again.
func (s shower) show(v credential.Verdict, text string, want ...string) {
	s.t.Helper()
	before := len(s.oled.Pictures())
	for n := range tries {
		err := s.Plugin.Credential(s.Handle, s.Epoch).Show(s.Context(), credential.Reply{Verdict: v, Text: text})
		if err == nil {
			break
		}
		if s.t.Log(err); n == tries-1 {
			s.t.Fatal("it is not shown")
		}
	}
	shown := s.oled.Pictures()[before:] // it may be dark again
	if !slices.ContainsFunc(shown, func(p *image.Gray) bool { return slices.Equal(written(p), want) }) {
		s.t.Fatalf("%d pictures were shown, none of which says %q", len(shown), want)
	}
	s.t.Logf("%q", written(shown[len(shown)-1]))
}

// reads presents a card, and waits for its token.
func (s shower) reads() {
	s.t.Helper()
	for n := range tries {
		pulse(s.chip, n)
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if len(s.Waiting()) > 0 {
				if c := s.Next().Evidence.(observe.Credential); c.Method != observe.MethodBadge {
					s.t.Errorf("%+v", c)
				}
				return
			}
		}
	}
	s.t.Fatal("no card came over the lines")
}

const refusal = "The card was declined. Nothing was charged."

// Words are on the display as they were asked for, and nothing else was for a moment.
func vmWords(t *testing.T, o oled, address, size string) {
	s := newShower(t, o, cp2112sim.New(t, o).Path, address, size)
	s.show(credential.VerdictGranted, "Come in.", "Welcome", "Come in.")
	if o.Contrast() != 127 {
		t.Errorf("it is lit at %d of 255", o.Contrast())
	}
	if size == "128x32" {
		s.show(credential.VerdictDenied, refusal, "The card was", "declined.")
		storehost.Wait(t, "the next page is shown", func() bool {
			all := o.Pictures()
			return slices.Equal(written(all[len(all)-1]), []string{"Nothing was", "charged."})
		})
	} else {
		s.show(credential.VerdictDenied, refusal, "The card was", "declined.", "Nothing was", "charged.")
	}
	storehost.Wait(t, "it is dark again", func() bool { return o.Contrast() == 0 })
	if w := o.Wrong(); w != nil {
		t.Error(w)
	}
	for _, p := range o.Pictures() {
		if l := written(p); len(l) == 0 || strings.ContainsRune(strings.Join(l, ""), ssd1306sim.Unreadable) {
			t.Errorf("for a moment it showed %q", l)
		}
	}
}

// Without its display the reader is degraded and reads; with it, it is well again.
func vmPulledOut(t *testing.T) {
	o := oled{ssd1306sim.New(0x3C, 64)}
	link := filepath.Join(t.TempDir(), "display") // what udev gives a bridge by its serial number
	s := newShower(t, o, link, "0x3c", "128x64")
	s.Becomes(class.StateDegraded, "the display shows nothing")
	s.reads()
	plug := func() *cp2112sim.Bridge {
		t.Helper()
		b := cp2112sim.New(t, o)
		if err := os.Symlink(b.Path, link); err != nil {
			t.Fatal(err)
		}
		s.Becomes(class.StateReady, "")
		s.show(credential.VerdictGranted, "Come in.", "Welcome", "Come in.")
		return b
	}
	first := plug()
	first.Unplug() // it returns when the display has let the bus go
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	s.Becomes(class.StateDegraded, "the display shows nothing")
	if err := s.Plugin.Credential(s.Handle, s.Epoch).Show(t.Context(), credential.Reply{Verdict: credential.VerdictDenied}); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("shown on what was pulled out: %v", err)
	}
	s.reads()
	o.Restart() // its power was away
	plug()
	s.reads()
}
