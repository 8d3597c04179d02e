package core_test

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// asked lists the keys of what is asked of a processor while a story is told, by
// operation, each once.
func (n *narrator) keysOf(op event.Operation, lines ...string) []string {
	n.t.Helper()
	var keys []string
	for _, line := range lines {
		if line == "wait" {
			n.skip(3 * time.Minute)
		} else {
			n.do(line)
		}
		for _, a := range n.state.Pending() {
			if (a.Operation == op || a.Of == op) && (len(keys) == 0 || keys[len(keys)-1] != a.Key) {
				keys = append(keys, a.Key)
			}
		}
	}
	return keys
}

// TestMovementsKeepTheirKeys loses answers, and has the processor say "later":
// one movement keeps its key through all of it, and only a definite refusal or
// proof that nothing happened makes another.
func TestMovementsKeepTheirKeys(t *testing.T) {
	pays := []string{"enter palm-1", "buys s1 t1"}
	paid := append(pays, "answer capture done")
	// A release is refused, and the capture that another host made is not under its first key.
	taken := []string{"enter palm-1", "buys s1 t1 units=0"}
	refused := []string{"answer void refused saying=captured", "at 1m", "answer lookup done found=done", "at 20m"}
	absent := []string{"answer void refused saying=captured", "wait", "answer lookup done found=absent", "wait", "answer lookup done found=absent",
		"answer lookup done found=done", "at 3h"}
	again := []string{"answer void refused saying=captured", "wait", "answer lookup done found=done amount=504 ref=cap_1"}
	// The outage outlasts the key, under which nothing is found then.
	old := []string{"device payment.cards offline", "at 2h", "device payment.cards ready", "answer lookup done found=absent", "wait", "answer lookup done found=absent", "wait"}
	for name, c := range map[string]struct {
		op     event.Operation
		before []string
		lines  []string
		keys   int
	}{
		"hold":               {event.OpAuthorize, nil, []string{"tap palm-1", "answer authorize unavailable", "at 8s", "answer authorize done"}, 1},
		"capture, later":     {event.OpCapture, pays, []string{"wait", "answer capture unavailable", "wait", "answer capture unavailable", "wait", "answer capture done"}, 1},
		"capture, unknown":   {event.OpCapture, pays, []string{"wait", "answer capture unknown", "wait", "answer lookup done found=pending", "wait", "answer lookup done found=absent", "wait", "answer capture done"}, 1},
		"refund, later":      {event.OpRefund, paid, []string{"staff refund s1 id=r1", "answer refund unavailable", "wait", "answer refund unavailable", "wait", "answer refund done"}, 1},
		"refund, unknown":    {event.OpRefund, paid, []string{"staff refund s1 id=r1", "answer refund unknown", "wait", "answer lookup done found=absent", "wait", "answer refund done"}, 1},
		"captured elsewhere": {event.OpCapture, append(taken, refused...), append(absent, again...), 2},
		"capture, too old":   {event.OpCapture, append([]string{"adopt window=1h"}, pays...), append(append([]string{"wait", "answer capture unknown"}, old...), "answer capture done"), 1},
		"refund, too old":    {event.OpRefund, append([]string{"adopt window=1h"}, paid...), append(append([]string{"staff refund s1 id=r1", "answer refund unknown"}, old...), "answer refund done"), 1},
		"refund of two ids":  {event.OpRefund, paid, []string{"staff refund s1 id=r1 amount=10", "answer refund done", "staff refund s1 id=r2 amount=10", "answer refund done"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNarrator(t)
			for _, line := range c.before {
				n.do(line)
			}
			if keys := n.keysOf(c.op, c.lines...); len(keys) != c.keys {
				t.Errorf("%d keys, want %d: %v", len(keys), c.keys, keys)
			}
		})
	}
}
