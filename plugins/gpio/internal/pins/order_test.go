package pins

import (
	"fmt"
	"testing"
)

// Edges come out by their numbers; one that is missing is waited for once, and then told as lost.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		read []uint32
		late bool
		want string
	}{
		"in order":         {[]uint32{1, 2, 3}, false, "1 2 3"},
		"turned around":    {[]uint32{2, 1, 3}, false, "1 2 3"},
		"one is under way": {[]uint32{2, 3}, false, ""},
		"one never comes":  {[]uint32{2, 3}, true, "2-1 3"},
		"many were lost":   {[]uint32{1, 200, 201}, true, "1 200-198 201"},
		"one comes late":   {[]uint32{1, 3, 4}, true, "1 3-1 4"},
	} {
		o := order{next: 1}
		for _, seq := range c.read {
			o.add(Event{Seq: seq})
		}
		got := ""
		for e, ok := o.due(c.late); ok; e, ok = o.due(c.late) {
			if got != "" {
				got += " "
			}
			got += fmt.Sprint(e.Seq)
			if e.Lost > 0 {
				got += fmt.Sprint("-", e.Lost)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// An edge that was given up and comes after all does not make others lost.
func TestOrderAfterAll(t *testing.T) {
	o := order{next: 1}
	for i, want := range []uint32{2, 1, 3} {
		o.add(Event{Seq: want})
		if e, ok := o.due(true); !ok || e.Seq != want || e.Lost != []int{1, 0, 0}[i] {
			t.Errorf("%d: %+v, %t", want, e, ok)
		}
	}
}

// The numbers begin again after 2^32.
func TestOrderWraps(t *testing.T) {
	o := order{next: 1<<32 - 1}
	for _, seq := range []uint32{1<<32 - 1, 0, 1} {
		o.add(Event{Seq: seq})
		if e, ok := o.due(false); !ok || e.Seq != seq || e.Lost != 0 {
			t.Errorf("%d: %+v, %t", seq, e, ok)
		}
	}
}
