package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
)

// soughtUnder checks under which key a capture is looked up now, by its deed and ordinal.
func (n *narrator) soughtUnder(deed, ordinal string) {
	n.t.Helper()
	pending := n.state.Pending()
	i := slices.IndexFunc(pending, func(a event.Ask) bool { return a.Of == event.OpCapture })
	if i < 0 {
		n.t.Fatalf("nothing is looked up: %v", pending)
	}
	if key := turn.Key("movement", n.state.Definition.Store.Name, n.idOf("s1"), deed, ordinal); pending[i].Key != key {
		n.t.Errorf("looked up under %s, want that of %s %s, %s", pending[i].Key, deed, ordinal, key)
	}
}

// TestLaterKey: a capture that is looked for after each refusal to release its hold is looked
// for under this host's own key, then under the next, to which another host may have come, and
// those that this host gave up before. A story shows no keys; this is of
// taken_under_a_later_key.
func TestLaterKey(t *testing.T) {
	for name, c := range map[string]struct {
		before []string
		want   []string
	}{
		"one capture in vain": {[]string{"adopt", "enter palm-1", "buys s1 t1"}, []string{"1", "2", "3", "4"}},
		"two": {[]string{"adopt hold=170 over=60000 over_capture=60000", "enter palm-1", "buys s1 t1", "answer capture refused saying=over"},
			[]string{"2", "3", "1", "4", "5"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNarrator(t)
			for _, line := range c.before {
				n.do(line)
			}
			n.do("answer capture refused saying=over")
			for _, want := range c.want {
				n.do("answer void refused saying=captured")
				n.skip(time.Minute)
				n.soughtUnder("capture", want)
				n.do("answer lookup done found=declined")
				n.do("answer lookup done found=done")
				n.skip(2 * time.Hour)
			}
		})
	}
}

// TestSoughtKeys: what another host may have captured besides is looked for under the keys that
// it would have made. These are of the stories whose names they have.
func TestSoughtKeys(t *testing.T) {
	for name, c := range map[string]struct {
		before        []string
		deed, ordinal string
	}{
		"taken_elsewhere_besides": {[]string{"adopt", "enter palm-1", "buys s1 t1", "notice captured s1 id=e1 key=own hold=1 ordinal=2", "answer capture done"}, "capture", "2"},
		"taken_elsewhere_and_here": {[]string{"adopt multiple=yes", "enter palm-1", "buys s1 t1", "answer capture unknown", "notice captured s1 id=e1 key=own hold=1 ordinal=2", "at 31s",
			"answer lookup done found=absent", "at 40s", "answer lookup done found=done amount=180 reference=cap_2"}, "capture", "1"},
		"taken_elsewhere_both_refused": {[]string{"adopt void_after=yes", "enter palm-1", "buys s1 t1", "answer capture refused", "answer void done", "answer lookup done found=declined"}, "capture", "2"},
		"taken_elsewhere_by_two_holds": {[]string{"adopt hold=100 void_after=yes", "enter palm-1", "buys s1 t1 units=0", "answer void done", "answer lookup done found=done amount=100"}, "capture:2", "1"},
		"told of twice": {[]string{"adopt multiple=yes", "enter palm-1", "buys s1 t1", "notice captured s1 id=e1 key=own hold=1 ordinal=2", "notice captured s1 id=e2 key=own hold=1 ordinal=3"},
			"capture", "3"},
		"told of this host's own": {[]string{"adopt void_after=yes", "enter palm-1", "buys s1 t1", "answer capture refused", "answer void done", "answer lookup done found=declined",
			"answer lookup done found=done amount=180 reference=cap_2", "notice captured s1 id=e1 key=own hold=1 ordinal=1"}, "capture", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNarrator(t)
			for _, line := range c.before {
				n.do(line)
			}
			n.soughtUnder(c.deed, c.ordinal)
		})
	}
}
