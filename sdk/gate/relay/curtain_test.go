package relay

import (
	"slices"
	"testing"

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
		for _, s := range steps {
			b, broken := map[rune]Beam{'S': BeamStreet, 's': BeamStreet, 'T': BeamStore, 't': BeamStore}[s], s < 'a'
			if d, ok := c.Moved(b, broken); ok {
				got = append(got, d)
			}
		}
		if !slices.Equal(got, want) || c.Between() {
			t.Errorf("%s: %v, want %v; between %t", steps, got, want, c.Between())
		}
	}
}
