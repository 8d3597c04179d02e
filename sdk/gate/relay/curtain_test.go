package relay

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// What beams tell: S and T break the street's and the store's, s and t clear them.
func TestCurtain(t *testing.T) {
	in, out := observe.DirectionIn, observe.DirectionOut
	for steps, want := range map[string][]observe.Direction{
		"STst":         {in},
		"TSts":         {out},
		"SsTt":         nil,       // an arm in one, and one in the other
		"STts":         nil,       // turned back
		"STsSts":       nil,       // turned back at last
		"SSTstt":       {in},      // told twice
		"STstSTst":     {in, in},  // two, one after the other
		"STstTSts":     {in, out}, // in, and out again
		"STsTtst":      {in},      // the bag behind
		"st":           nil,       // clear as they were
		"TSsSts":       {out},     // waited in the middle
		"STsStTst":     {in},      // and turned around twice
		"STstTtSsTSts": {in, out}, // with arms between
	} {
		var c Curtain
		var got []observe.Direction
		for i, s := range steps {
			b, broken := map[rune]Beam{'S': BeamStreet, 's': BeamStreet, 'T': BeamStore, 't': BeamStore}[s], s < 'a'
			if p, ok := c.Moved(b, broken, morning.Add(time.Duration(i)*time.Second)); ok {
				got = append(got, p.Direction)
			}
		}
		if !slices.Equal(got, want) || c.Between() {
			t.Errorf("%s: %v, want %v; between %t", steps, got, want, c.Between())
		}
	}
}

// A passage lasts from when the first beam was broken until both are clear.
func TestCurtainInterval(t *testing.T) {
	var c Curtain
	for after, want := range []struct {
		beam   Beam
		broken bool
	}{{BeamStreet, true}, {BeamStore, true}, {BeamStreet, false}, {BeamStreet, true}, {BeamStreet, false}} {
		if p, ok := c.Moved(want.beam, want.broken, morning.Add(time.Duration(after)*time.Second)); ok {
			t.Fatalf("%+v", p)
		}
	}
	if p, ok := c.Moved(BeamStore, false, morning.Add(9*time.Second)); !ok || p.Interval != observe.Between(morning, morning.Add(9*time.Second)) {
		t.Errorf("%+v, %t", p, ok)
	}
	c.Moved(BeamStore, true, morning) // and the clock is set back
	c.Moved(BeamStreet, true, morning)
	c.Moved(BeamStore, false, morning)
	if p, ok := c.Moved(BeamStreet, false, morning.Add(-time.Hour)); !ok || !p.Valid() {
		t.Errorf("%+v, %t", p, ok)
	}
}

// What one tells who looks at the beams now and then: s is the street's beam, t the store's,
// and ? a look that failed.
func TestCurtainSeen(t *testing.T) {
	in, out, unknown := observe.DirectionIn, observe.DirectionOut, observe.DirectionUnknown
	for name, c := range map[string]struct {
		looks []string
		want  []observe.Direction
	}{
		"in":                       {[]string{"s", "st", "t", ""}, []observe.Direction{in}},
		"out":                      {[]string{"t", "st", "s", ""}, []observe.Direction{out}},
		"in, clear at once":        {[]string{"s", "st", ""}, []observe.Direction{in}},
		"out, clear at once":       {[]string{"t", "st", ""}, []observe.Direction{out}},
		"fast in":                  {[]string{"s", "t", ""}, []observe.Direction{in}},
		"fast out":                 {[]string{"t", "s", ""}, []observe.Direction{out}},
		"in, broken at once":       {[]string{"st", "t", ""}, []observe.Direction{in}},
		"out, broken at once":      {[]string{"st", "s", ""}, []observe.Direction{out}},
		"only both":                {[]string{"st", ""}, []observe.Direction{unknown}},
		"only both, twice":         {[]string{"st", "st", "", "s", "st", "t", ""}, []observe.Direction{unknown, in}},
		"turned back":              {[]string{"s", "st", "s", ""}, nil},
		"lost within":              {[]string{"s", "st", "?", "t", ""}, []observe.Direction{unknown}},
		"lost until the end":       {[]string{"s", "st", "?", ""}, []observe.Direction{unknown}},
		"lost an arm, perhaps":     {[]string{"s", "?", "?", ""}, []observe.Direction{unknown}},
		"lost before":              {[]string{"", "?", "s", "st", "t", ""}, []observe.Direction{unknown}},
		"lost while nobody came":   {[]string{"", "?", "", "s", "st", "t", ""}, []observe.Direction{in}},
		"lost, and the next is in": {[]string{"s", "?", "st", "", "s", "st", "t", ""}, []observe.Direction{unknown, in}},
	} {
		var beams Curtain
		var got []observe.Direction
		for _, s := range c.looks {
			if s == "?" {
				beams.Lost()
				continue
			}
			if p, ok := beams.Seen(strings.Contains(s, "s"), strings.Contains(s, "t"), morning); ok {
				got = append(got, p.Direction)
			}
		}
		if !slices.Equal(got, c.want) || beams.Between() {
			t.Errorf("%s: %v, want %v; between %t", name, got, c.want, beams.Between())
		}
	}
}
