package gpiosim

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

const tracefs = "/sys/kernel/tracing"

// Trace is what the kernel does to the lines of one chip from Follow on.
type Trace struct {
	t    testing.TB
	chip *Chip
}

// Follow starts the kernel's trace. There is one; the last to start it has it.
func Follow(t testing.TB, c *Chip) *Trace {
	t.Helper()
	write(t, filepath.Join(tracefs, "trace"), "")
	write(t, filepath.Join(tracefs, "events/gpio/enable"), "1")
	write(t, filepath.Join(tracefs, "tracing_on"), "1")
	return &Trace{t, c}
}

var event = regexp.MustCompile(`gpio_(value|direction): (\d+) +(set|get|in|out)? *\(?(-?\d+)\)?`)

// Of gives what was done to a line, in order: "set 0", "set 1", "in", "out". What was
// read of it is left out.
func (tr *Trace) Of(line int) []string {
	tr.t.Helper()
	var all []string
	for _, m := range event.FindAllStringSubmatch(read(tr.t, filepath.Join(tracefs, "trace")), -1) {
		if n, _ := strconv.Atoi(m[2]); n != tr.chip.base+line {
			continue
		}
		switch {
		case m[1] == "direction":
			all = append(all, m[3])
		case m[3] == "set":
			all = append(all, fmt.Sprintf("set %s", m[4]))
		}
	}
	return all
}
