package devices

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// Counters are what is counted of a device since the host started.
type Counters struct {
	// In counts reports that came, gaps and refused ones included.
	In uint64
	// Reports counts what was handed on as evidence.
	Reports uint64
	// Refused counts reports that did not pass their check, Stale those of an
	// opening that is over.
	Refused, Stale uint64
	// Gaps counts statements that reports were lost, and Lost those reports.
	Gaps, Lost uint64
	// Duplicates counts reports that the plugin sent again and that were known.
	Duplicates uint64
	// Queue is how many reports of the present opening wait for the journal, in
	// the plugin's spool or in the host.
	Queue uint64
	// Restarts counts those of its plugin.
	Restarts int
	// Offset is the device's clock minus the host's by its last evidence, and
	// LastEvidence when that came on the host's clock.
	Offset       time.Duration
	LastEvidence time.Time
	// Commands counts those sent, by name in the order of the class.
	Commands []Command
}

// Command counts the commands of one name.
type Command struct {
	// Name is the command's, such as "admit".
	Name string
	// Outcomes counts them by the fault code of what came back; None is done.
	Outcomes map[fault.Code]uint64
	Latency  Latency
}

// latencyBounds are the upper bounds of the buckets of a latency.
var latencyBounds = [...]time.Duration{
	time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second,
}

// LatencyBounds are the upper bounds, inclusive, of a latency's buckets.
func LatencyBounds() []time.Duration { return slices.Clone(latencyBounds[:]) }

// Latency is a histogram of how long commands took, those that wait for a swap
// included.
type Latency struct {
	// Counts are those of each bucket alone; the last is of what took longer than
	// all bounds.
	Counts [len(latencyBounds) + 1]uint64
	Sum    time.Duration
}

// Count is how many there were.
func (l Latency) Count() (n uint64) {
	for _, c := range l.Counts {
		n += c
	}
	return n
}

// commandsOf names the commands of a class.
func commandsOf(c storedef.Class) []string {
	switch c {
	case storedef.ClassGate:
		return []string{"admit"}
	case storedef.ClassPayment:
		return []string{"authorize", "capture", "void", "refund", "lookup"}
	case storedef.ClassWeightShelf:
		return []string{"tare"}
	case storedef.ClassCredentialReader, storedef.ClassRFIDReader, storedef.ClassCamera:
	}
	return nil
}

// counters is the counting end of Counters: nothing of it allocates or locks.
type counters struct {
	in, delivered, refused, stale, gaps, lost, duplicates atomic.Uint64

	// Of the present opening: the last report that was handed on and the last
	// that is journalled, and how far the plugin said it was at its last health.
	seen, acked, reported atomic.Uint64

	offset   atomic.Int64 // nanoseconds
	evidence atomic.Int64 // Unix nanoseconds, 0 for never

	commands []command
}

type command struct {
	name     string
	outcomes [fault.Internal + 1]atomic.Uint64
	buckets  [len(latencyBounds) + 1]atomic.Uint64
	sum      atomic.Int64
}

func newCounters(c storedef.Class) *counters {
	names := commandsOf(c)
	n := &counters{commands: make([]command, len(names))}
	for i, name := range names {
		n.commands[i].name = name
	}
	return n
}

// opens begins the numbers of an opening.
func (n *counters) opens() {
	n.seen.Store(0)
	n.acked.Store(0)
	n.reported.Store(0)
}

// command counts one call of a command.
func (n *counters) command(name string, took time.Duration, err error) {
	for i := range n.commands {
		c := &n.commands[i]
		if c.name != name {
			continue
		}
		code := fault.CodeOf(err)
		if code > fault.Internal {
			code = fault.Unknown
		}
		c.outcomes[code].Add(1)
		b := 0
		for b < len(latencyBounds) && took > latencyBounds[b] {
			b++
		}
		c.buckets[b].Add(1)
		c.sum.Add(int64(took))
		return
	}
}

// atLeast raises a to n.
func atLeast(a *atomic.Uint64, n uint64) {
	for {
		old := a.Load()
		if old >= n || a.CompareAndSwap(old, n) {
			return
		}
	}
}

// queue is how many reports wait for the journal.
func (n *counters) queue() uint64 {
	most, acked := max(n.seen.Load(), n.reported.Load()), n.acked.Load()
	if most <= acked {
		return 0
	}
	return most - acked
}

func (n *counters) read() Counters {
	c := Counters{
		In: n.in.Load(), Reports: n.delivered.Load(), Refused: n.refused.Load(), Stale: n.stale.Load(),
		Gaps: n.gaps.Load(), Lost: n.lost.Load(), Queue: n.queue(),
		Offset: time.Duration(n.offset.Load()), Commands: make([]Command, len(n.commands)),
	}
	if at := n.evidence.Load(); at != 0 {
		c.LastEvidence = time.Unix(0, at)
	}
	for i := range n.commands {
		from, to := &n.commands[i], &c.Commands[i]
		to.Name, to.Outcomes = from.name, map[fault.Code]uint64{}
		for code := range from.outcomes {
			if k := from.outcomes[code].Load(); k > 0 {
				to.Outcomes[fault.Code(code)] = k //nolint:gosec // an index of the array of codes
			}
		}
		for b := range from.buckets {
			to.Latency.Counts[b] = from.buckets[b].Load()
		}
		to.Latency.Sum = time.Duration(from.sum.Load())
	}
	return c
}
