package platform

import (
	"slices"
	"testing"

	"github.com/openaisle/aisle/sdk/observe"
)

// What a curtain's two beams tell: s is the street's, t the store's.
func TestCurtain(t *testing.T) {
	in, out := observe.DirectionIn, observe.DirectionOut
	for name, c := range map[string]struct {
		steps []string
		want  []observe.Direction
	}{
		"in":                  {[]string{"s", "st", "t", ""}, []observe.Direction{in}},
		"out":                 {[]string{"t", "st", "s", ""}, []observe.Direction{out}},
		"in, clear at once":   {[]string{"s", "st", ""}, []observe.Direction{in}},
		"out, clear at once":  {[]string{"t", "st", ""}, []observe.Direction{out}},
		"fast":                {[]string{"s", "t", ""}, []observe.Direction{in}},
		"turned back":         {[]string{"s", "st", "s", ""}, nil},
		"turned back at last": {[]string{"s", "st", "t", "st", "s", ""}, nil},
		"an arm":              {[]string{"s", "", "t", "", "s", ""}, nil},
		"two in":              {[]string{"s", "st", "t", "", "s", "st", "t", ""}, []observe.Direction{in, in}},
		"in and out":          {[]string{"s", "st", "t", "", "t", "st", "s", ""}, []observe.Direction{in, out}},
	} {
		g := &turnstile{config: Gate{PassedIn: -1, PassedOut: -1, BeamIn: 0, BeamOut: 1}}
		was := map[int]bool{}
		var got []observe.Direction
		for _, s := range c.steps {
			now := map[int]bool{0: s == "s" || s == "st", 1: s == "t" || s == "st"}
			got = append(got, g.passages(was, now)...)
			was = now
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
