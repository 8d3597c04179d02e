// Package gpiosim makes GPIO chips of the kernel's gpio-sim inside a machine of
// package hil (module gpio-sim), moves their inputs and looks at their outputs from
// the side of the hardware. Its events are those of the kernel's own trace, so that a
// level that a driver gave for a microsecond shows.
package gpiosim

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

const (
	configfs = "/sys/kernel/config/gpio-sim"
	platform = "/sys/devices/platform"
)

// made numbers chips, so that each has a name of its own.
var made atomic.Int64

// Chip is one that is plugged in.
type Chip struct {
	// Name is the chip's, such as gpiochip0, and Path its device's.
	Name, Path string
	// Label is what the chip says that it is. It stays where a chip is plugged in
	// again under another name.
	Label string

	t      testing.TB
	config string // folder in configfs
	device string // folder in sysfs
	base   int    // the number of its first line in the kernel's trace
}

// New plugs in a chip with so many lines; the names given are of the first ones, and
// an empty one is none. The test's end pulls it out.
func New(t testing.TB, lines int, names ...string) *Chip {
	t.Helper()
	return NewLabelled(t, fmt.Sprintf("hil-sim-%d", made.Add(1)), lines, names...)
}

// NewLabelled plugs in a chip of a label of the caller's.
func NewLabelled(t testing.TB, label string, lines int, names ...string) *Chip {
	t.Helper()
	c := &Chip{t: t, Label: label, config: filepath.Join(configfs, fmt.Sprintf("chip%d", made.Add(1)))}
	bank := filepath.Join(c.config, "bank0")
	mkdir(t, bank)
	write(t, filepath.Join(bank, "num_lines"), strconv.Itoa(lines))
	write(t, filepath.Join(bank, "label"), label)
	for i, name := range names {
		if name != "" {
			line := filepath.Join(bank, fmt.Sprintf("line%d", i))
			mkdir(t, line)
			write(t, filepath.Join(line, "name"), name)
		}
	}
	t.Cleanup(c.remove)
	write(t, filepath.Join(c.config, "live"), "1")
	c.Name = read(t, filepath.Join(bank, "chip_name"))
	c.Path = "/dev/" + c.Name
	device := filepath.Join(platform, read(t, filepath.Join(c.config, "dev_name")))
	c.device = filepath.Join(device, c.Name)
	bases, _ := filepath.Glob(filepath.Join(device, "gpio", "gpiochip*", "base"))
	if len(bases) != 1 {
		t.Fatalf("gpio-sim: %d chips at %s", len(bases), device)
	}
	base, err := strconv.Atoi(read(t, bases[0]))
	if err != nil {
		t.Fatal(err)
	}
	c.base = base
	return c
}

// Set pulls a line up or down from outside, as a contact or a sensor does. A line
// that is an output keeps its level.
func (c *Chip) Set(line int, high bool) {
	c.t.Helper()
	pull := "pull-down"
	if high {
		pull = "pull-up"
	}
	write(c.t, filepath.Join(c.device, fmt.Sprintf("sim_gpio%d", line), "pull"), pull)
}

// High tells a line's level, whoever gives it.
func (c *Chip) High(line int) bool {
	c.t.Helper()
	return read(c.t, filepath.Join(c.device, fmt.Sprintf("sim_gpio%d", line), "value")) == "1"
}

// Unplug pulls the chip out while whoever uses it does.
func (c *Chip) Unplug() {
	c.t.Helper()
	write(c.t, filepath.Join(c.config, "live"), "0")
}

func (c *Chip) remove() {
	_ = os.WriteFile(filepath.Join(c.config, "live"), []byte("0"), 0)
	lines, _ := filepath.Glob(filepath.Join(c.config, "bank0", "line*"))
	for _, folder := range append(lines, filepath.Join(c.config, "bank0"), c.config) {
		_ = os.Remove(folder)
	}
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal("gpio-sim: ", err)
	}
}

func write(t testing.TB, file, value string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(value), 0); err != nil {
		t.Fatal("gpio-sim: ", err)
	}
}

func read(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal("gpio-sim: ", err)
	}
	return strings.TrimSpace(string(b))
}
