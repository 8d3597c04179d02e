package core_test

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/entry"
	"github.com/openaisle/aisle/sdk/observe"
)

// listsHold has the lists of who is where say what walking over everybody does,
// for the seconds around a moment.
func (n *narrator) listsHold() {
	who := n.state.Entry
	var all []*entry.Session
	zones := map[string]bool{}
	for _, v := range who.Sessions {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b *entry.Session) int { return cmp.Compare(a.Number, b.Number) })
	for _, k := range who.Tracks {
		for _, st := range k.Stays {
			zones[st.Zone] = true
		}
	}
	for _, z := range slices.Sorted(maps.Keys(zones)) {
		for _, span := range []observe.Interval{observe.At(n.now), observe.Between(n.now.Add(-5*time.Second), n.now.Add(-2*time.Second))} {
			var want []string
			for _, v := range all {
				if v.Present(span) && slices.ContainsFunc(v.Bodies, func(b entry.Body) bool {
					k := who.Tracks[b.Track]
					return k != nil && k.Session == v.ID && k.InZone([]string{z}, span)
				}) {
					want = append(want, v.ID)
				}
			}
			if got := who.SessionsIn([]string{z}, span); !slices.Equal(got, want) {
				n.t.Fatalf("in %s at %v are %v, and listed %v", z, span, want, got)
			}
		}
	}
	var want []string
	for _, v := range all {
		in := v.In()
		for _, b := range v.Bodies {
			k := who.Tracks[b.Track]
			if !b.Left && k != nil && k.Session == v.ID && k.Ended.IsZero() && who.Serving(k.Camera) && who.Device[k.Camera].Epoch <= k.Epoch {
				in--
			}
		}
		if v.Stage == entry.Inside && in > 0 {
			want = append(want, v.ID)
		}
	}
	for range 2 {
		if got := who.Untracked(); !slices.Equal(got, want) {
			n.t.Fatalf("no camera follows %v, and listed are %v", want, got)
		}
	}
}
