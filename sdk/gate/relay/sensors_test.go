package relay

import (
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
)

// Of the sixteen ways to write four attributes, two are right.
func TestSensors(t *testing.T) {
	for n := range 16 {
		s := Sensors{n&1 > 0, n&2 > 0, n&4 > 0, n&8 > 0}
		err := s.Check()
		if right := n == 3 || n == 12; right != (err == nil) {
			t.Errorf("%+v: %v", s, err)
		}
		if err != nil && (fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "passed_in") {
			t.Errorf("%+v: %v at %q", s, err, fault.PathOf(err))
		}
	}
}
