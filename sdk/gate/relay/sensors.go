package relay

import "github.com/openaisle/aisle/sdk/fault"

// Sensors is which of the attributes are written that say what tells of bodies: passed_in and
// passed_out, the contacts of a gate that tells by itself, or beam_street and beam_store, a
// light curtain (Curtain).
type Sensors struct{ PassedIn, PassedOut, BeamStreet, BeamStore bool }

// Check wants one pair, and nothing of the other: a body would be counted twice. The error is
// of code invalid, at the attribute passed_in.
func (s Sensors) Check() error {
	contacts, curtain := s.PassedIn && s.PassedOut, s.BeamStreet && s.BeamStore
	if contacts && !s.BeamStreet && !s.BeamStore || curtain && !s.PassedIn && !s.PassedOut {
		return nil
	}
	return fault.At("passed_in", fault.New(fault.Invalid, "write passed_in and passed_out for a gate that tells of bodies, or beam_street and beam_store for a light curtain"))
}
