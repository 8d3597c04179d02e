package relay

import (
	"slices"
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
