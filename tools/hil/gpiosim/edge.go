package gpiosim

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// watch is a second trace, of what the kernel's threads for interrupts do.
var watch struct {
	once  sync.Once
	lines chan string
	edges int // marks in it
}

const (
	watchDir = tracefs + "/instances/hil"
	// edgeTakes is how long the kernel has for an edge, in a machine that interprets and beside
	// other work. Its clocks differ from processor to processor: a trace may tell of the
	// edge before the mark, and then of nothing more.
	edgeTakes = 10 * time.Second
)

// Edge moves a line that somebody watches for both edges, without debouncing, and returns
// when the kernel has handled the edge. Without waiting, edges that follow each other closely can be lost, as they
// can on real hardware: while one is handled the simulated interrupt is masked, and
// the level that goes with an edge is read when it is handled. A line that nobody
// has is only moved.
func (c *Chip) Edge(line int, high bool) {
	c.t.Helper()
	watch.once.Do(func() { watch.lines = instance(c.t) })
	if c.High(line) == high {
		return
	}
	if !c.taken(line) {
		c.Set(line, high)
		return
	}
	watch.edges++
	mark := fmt.Sprintf("edge %d of the test", watch.edges)
	write(c.t, filepath.Join(watchDir, "trace_marker"), mark)
	c.Set(line, high)
	// The thread of the interrupt reads the level, and sleeps when all is done.
	thread, late := "", time.After(edgeTakes)
	for marked := false; ; {
		var s string
		select {
		case line, ok := <-watch.lines:
			if s = line; !ok {
				c.t.Fatal("gpio-sim: the kernel's trace ended")
			}
		case <-late:
			c.t.Logf("gpio-sim: the trace does not tell that the edge of line %d was handled within %v: it is, by now", line, edgeTakes)
			return
		}
		if marked = marked || strings.Contains(s, mark); !marked {
			continue // of what was before
		}
		if m := readLevel.FindStringSubmatch(s); m != nil && m[2] == strconv.Itoa(c.base+line) {
			thread = m[1]
		}
		if m := sleeps.FindStringSubmatch(s); m != nil && m[1] == thread {
			return
		}
	}
}

// taken says whether somebody has a line as an input, by the kernel's list of those that are in use.
func (c *Chip) taken(line int) bool {
	c.t.Helper()
	for _, m := range inUse.FindAllStringSubmatch(read(c.t, "/sys/kernel/debug/gpio"), -1) {
		if m[1] == strconv.Itoa(c.base+line) {
			return true
		}
	}
	return false
}

var (
	inUse     = regexp.MustCompile(`(?m)^ ?gpio-(\d+) +\(.*\|\S.*\) in `)
	readLevel = regexp.MustCompile(`^ *irq/.*-(\d+) +\[\d+\].* gpio_value: (\d+) get `)
	sleeps    = regexp.MustCompile(` sched_switch: .*prev_pid=(\d+) .*prev_state=S `)
)

// instance begins the trace. It is read for as long as the machine runs.
func instance(t testing.TB) chan string {
	t.Helper()
	mkdir(t, watchDir)
	write(t, filepath.Join(watchDir, "events/gpio/gpio_value/enable"), "1")
	write(t, filepath.Join(watchDir, "events/sched/sched_switch/filter"), `prev_comm ~ "irq/*"`)
	write(t, filepath.Join(watchDir, "events/sched/sched_switch/enable"), "1")
	f, err := os.Open(filepath.Join(watchDir, "trace_pipe"))
	if err != nil {
		t.Fatal("gpio-sim: ", err)
	}
	lines := make(chan string, 64)
	go func() {
		defer close(lines)
		for r := bufio.NewScanner(f); r.Scan(); {
			lines <- r.Text()
		}
	}()
	return lines
}
