package wiegand

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/credential/badge"
)

// Cards is which cards a store takes.
type Cards struct {
	// Format is theirs; empty for any of the known ones.
	Format string
	// Facility is theirs; negative for any.
	Facility int
}

// leastBits is the fewest bits that somebody who presents a card makes; fewer are
// disturbances.
const leastBits = 8

// Judge says what is wrong with a frame, in words for whoever looks after the reader, or
// nothing where it is a card that the store takes.
func (c Cards) Judge(f Frame) string {
	switch {
	case f.Over:
		return fmt.Sprintf("more than %d bits came without a pause: is a line loose, or connected to something else?", badge.MaxBits)
	case f.Clash:
		return "both lines fell together: are D0 and D1 shorted, or is their common ground missing?"
	case f.Lost > 0:
		return fmt.Sprintf("the kernel lost %d edges: the machine is too busy for this reader", f.Lost)
	case f.Card.Bits < leastBits:
		return fmt.Sprintf("%d stray pulses came: is the cable shielded, and its shield grounded at one end?", f.Card.Bits)
	}
	format, ok := badge.FormatOf(c.Format)
	if !ok {
		if format, ok = badge.FormatWith(f.Card.Bits); !ok {
			return fmt.Sprintf("a card of %d bits came, which is no known format: bits were lost, or format must be written", f.Card.Bits)
		}
	}
	numbers, err := format.Read(f.Card)
	switch {
	case err != nil:
		return fmt.Sprintf("a card came over damaged: %v", err)
	case c.Facility >= 0 && numbers.Facility != uint64(c.Facility): //nolint:gosec // not negative
		return "a card of another facility was presented"
	}
	return ""
}
