package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// TestLaterKey: a capture that is looked for after each refusal to release its hold is looked
// for under this host's own key, and then under those to which another host came. A story
// shows no keys; this is of taken_under_a_later_key.
func TestLaterKey(t *testing.T) {
	n := newNarrator(t)
	n.do("adopt")
	n.do("enter palm-1")
	n.do("buys s1 t1")
	n.do("answer capture refused saying=over")
	for ordinal, want := range []string{"1", "2", "3"} {
		n.do("answer void refused saying=captured")
		n.at(n.now.Add(time.Minute).Sub(morning).String())
		pending := n.state.Pending()
		i := slices.IndexFunc(pending, func(a event.Ask) bool { return a.Of == event.OpCapture })
		if i < 0 {
			t.Fatalf("refusal %d: nothing is looked up: %v", ordinal+1, pending)
		}
		if key := turn.Key("movement", n.state.Definition.Store.Name, n.idOf("s1"), "capture", want); pending[i].Key != key {
			t.Errorf("refusal %d: looked up under %s, want that of capture %s, %s", ordinal+1, pending[i].Key, want, key)
		}
		n.do("answer lookup done found=declined")
		n.do("answer lookup done found=done")
		n.at(n.now.Add(2 * time.Hour).Sub(morning).String())
	}
}
