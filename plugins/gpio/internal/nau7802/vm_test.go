package nau7802_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/cells"
	"github.com/openaisle/aisle/plugins/gpio/internal/cp2112sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802"
	"github.com/openaisle/aisle/plugins/gpio/internal/nau7802/nau7802sim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/tools/hil"
)

// The driver on an I2C bus of a real kernel.
func TestVMNAU7802(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, its I2C and its own nau7802 driver")
	hil.VM{Modules: []string{"uhid", "hid-cp2112", "i2c-dev", "nau7802"}}.Run(t, func(t *testing.T) {
		t.Run("the kernel's driver", vmKernel)
		t.Run("chip", vmChip)
		t.Run("shelf", vmShelf)
	})
}

// The kernel's own driver reads the model as it is: what ours is tested against is not
// only what we think that a NAU7802 is.
func vmKernel(t *testing.T) {
	m := nau7802sim.New(703710, 0)
	b := cp2112sim.New(t, m)
	tell := func(file, chip string) error { return os.WriteFile(filepath.Join(b.Folder, file), []byte(chip), 0) }
	if err := tell("new_device", "nau7802 0x2a"); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tell("delete_device", "0x2a") }()
	for _, want := range []string{"703710", "-703710"} {
		var got []byte
		end, anew := time.Now().Add(2*time.Minute), time.Now().Add(5*time.Second)
		for ; ; time.Sleep(50 * time.Millisecond) { // the driver starts by itself
			var err error
			if got, err = first("/sys/bus/iio/devices/iio:device*/in_voltage0_raw"); err == nil && strings.TrimSpace(string(got)) == want {
				break
			}
			if os.IsNotExist(err) && time.Now().After(anew) { // the bridge was too slow for it: it does not try again
				_ = tell("delete_device", "0x2a")
				err, anew = tell("new_device", "nau7802 0x2a"), time.Now().Add(5*time.Second)
			}
			if time.Now().After(end) {
				t.Fatalf("the kernel reads %q, want %s: %v", got, want, err)
			}
		}
		t.Logf("the kernel's driver reads %s", want)
		m.Measure(-703710)
	}
}

func first(pattern string) ([]byte, error) {
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) == 0 {
		return nil, errors.Join(err, os.ErrNotExist)
	}
	return os.ReadFile(all[0])
}

// started starts the chip on a bus. On a busy machine the kernel may find the simulated
// bridge too slow, and a transfer fails; a host would open the device again, too.
func started(t *testing.T, bus nau7802.Bus) *nau7802.Chip {
	t.Helper()
	for tries := 0; ; tries++ {
		c, err := nau7802.Start(t.Context(), bus, usual)
		if err == nil {
			return c
		}
		if t.Log(err); tries == 20 {
			t.Fatal("it does not start")
		}
	}
}

// Start-up, calibration, conversions, an absent chip, a failed transfer and a restart.
func vmChip(t *testing.T) {
	m := nau7802sim.New(0, 0)
	b := cp2112sim.New(t, m)
	bus, err := i2cdev.Open(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	c := started(t, bus)
	right := 0
	values := []int32{703710, -703710, 1, -1, cells.MaxRaw, cells.MinRaw}
	for _, v := range values {
		m.Measure(v)
		var got int32
		for tries := 0; tries < 20 && (got != v || tries == 0); tries++ { // one may be there from before
			if got, err = c.Sample(t.Context()); err != nil {
				t.Log(err)
			}
		}
		if got != v {
			t.Errorf("%d came as %d", v, got)
			continue
		}
		right++
	}
	t.Logf("%d of %d conversions exact", right, len(values))
	m.Fail(1)
	if _, err := c.Sample(t.Context()); err == nil {
		t.Error("a transfer that failed is a sample")
	}
	if m.Restart(); !eventually(t, func() bool { _, err := c.Sample(t.Context()); return errors.Is(err, cells.ErrRestarted) }) {
		t.Error("it does not see that the chip was restarted")
	}
	started(t, bus)
	m.Absent(true)
	if _, err := nau7802.Start(t.Context(), bus, usual); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no NAU7802 answers") {
		t.Errorf("absent: %v", err)
	}
	m.Absent(false)
	started(t, bus)
	if _, err := i2cdev.Open("/dev/i2c-99"); err == nil {
		t.Error("a bus that is not there opens")
	}
}

func eventually(t *testing.T, f func() bool) bool {
	t.Helper()
	for range 20 {
		if f() {
			return true
		}
	}
	return false
}

// A shelf weighs, is lost when its bridge is pulled out, and weighs again when that is
// back, with what changed meanwhile.
func vmShelf(t *testing.T) {
	m := nau7802sim.New(50_000, 20)
	b := cp2112sim.New(t, m)
	plugin := sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{shelf.Driver("nau7802", nau7802.Driver(i2cdev.Open))}}
	weighs := func(bus string, want measure.Mass) *classtest.Rig {
		t.Helper()
		config, _ := json.Marshal(map[string]any{"hold": time.Second, "bay": []map[string]any{{"bus": bus, "grams": grams}}})
		var r *classtest.Rig
		for tries := 0; ; tries++ { // until it opens, as a host does
			d, err := plugin.Drivers[0].Open(context.Background(), sdk.Env{}, config)
			if err == nil {
				_ = d.Value.(interface{ Close() error }).Close()
				break
			}
			if t.Log(err); tries == 20 {
				t.Fatal("it does not open")
			}
		}
		r = classtest.Subject{
			Driver: "nau7802", Config: string(config), Patience: time.Minute,
			Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, plugin) },
		}.Open(t)
		if w := weight(t, r); (w.Mass - want).Abs() > 2*measure.Gram {
			t.Errorf("it weighs %v, want %v", w.Mass, want)
		}
		return r
	}
	r := weighs(b.Path, 500*measure.Gram)
	out := make(chan struct{})
	go func() {
		defer close(out)
		b.Unplug()
	}()
	if l := r.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable {
		t.Errorf("%v", l.Err)
	}
	<-out
	if _, err := i2cdev.Open(b.Path); err == nil {
		t.Error("the bus is still there")
	}
	m.Restart()
	m.Add(-20_000)
	again := cp2112sim.New(t, m)
	t.Logf("%s, and %s when plugged in again", b.Path, again.Path)
	weighs(again.Path, 300*measure.Gram)
}

// weight gives the next report. A busy machine in a machine may take so long for three
// transfers in a row that the device is lost: it is opened again then, as a host does.
func weight(t *testing.T, r *classtest.Rig) observe.Weight {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if len(r.Waiting()) > 0 {
			return r.Next().Evidence.(observe.Weight)
		}
		if len(r.WaitingLost()) > 0 {
			t.Log(r.NextLost().Err)
			r.Recover()
		}
	}
	t.Fatal("it weighs nothing")
	return observe.Weight{}
}
