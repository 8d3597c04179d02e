package signal

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// A LaneAntenna is where an antenna stands.
type LaneAntenna struct {
	ID    int     // LLRP AntennaID
	Along float64 // metres along the lane, growing from the street to the store
}

// LaneOptions describe a lane. Zero durations and numbers mean the default.
type LaneOptions struct {
	// Antennas are two at least, not all at one place along the lane, and at
	// most maxAntennas. Reads by any other antenna are ignored.
	Antennas []LaneAntenna
	// Silence is how long a tag must not have been read for its passage to be
	// over; 2 s. A body hides a tag for up to a second, and a reader comes
	// round to each antenna several times a second.
	Silence time.Duration
	// Longest is the longest passage; a minute. A tag that is read longer
	// than that lies in the lane; it is reported and begins anew.
	Longest time.Duration
	// Wavelength is that of the carrier, in metres; 0.3277 (915 MHz, the
	// middle of the American band). In Europe it is 0.346. The band's own
	// width of 1.4 % does not matter.
	Wavelength float64
	// MinReads is the least number of reads that tell a direction; 6: of
	// fewer, chance alone often makes a line.
	MinReads int
	// MinRate is the least number of reads a second, over a passage, that tell
	// one; 1.5: MinReads in the 4 s that a walk through a field of 4 m takes. A
	// tag far off comes through now and then, and its reads make a line by
	// chance. Where a reader sees so many tags at once that it comes round to
	// each more seldom, less must do.
	MinRate float64
	// Decide is the least Confidence at which In or Out is said; 52 %. A host
	// that must not be wrong looks at Confidence itself.
	Decide measure.Probability
}

// maxAntennas is more than any reader has with its hubs (LLRP allows 65535).
const maxAntennas = 32

func (o LaneOptions) withDefaults() LaneOptions {
	o.Silence = cmp.Or(o.Silence, 2*time.Second)
	o.Longest = cmp.Or(o.Longest, time.Minute)
	o.Wavelength = cmp.Or(o.Wavelength, 0.3277)
	o.MinReads = cmp.Or(o.MinReads, 6)
	o.MinRate = cmp.Or(o.MinRate, 1.5)
	o.Decide = cmp.Or(o.Decide, 52*measure.Percent)
	return o
}

// check names the first option that is impossible, defaults being filled in.
func (o LaneOptions) check() error {
	lo, hi := o.span()
	seen := map[int]bool{}
	for _, a := range o.Antennas {
		if seen[a.ID] {
			return fmt.Errorf("signal: lane option Antennas names antenna %d twice", a.ID)
		}
		seen[a.ID] = true
	}
	switch {
	case len(o.Antennas) > maxAntennas:
		return fmt.Errorf("signal: lane option Antennas has %d, more than %d", len(o.Antennas), maxAntennas)
	case !(lo < hi) || math.IsInf(hi-lo, 0):
		return fmt.Errorf("signal: lane option Antennas needs two places along the lane at least")
	case o.Silence < 0 || o.Longest < 0:
		return fmt.Errorf("signal: lane options Silence and Longest must be positive")
	case !(o.Wavelength > 0):
		return fmt.Errorf("signal: lane option Wavelength must be positive")
	case !(o.MinRate > 0):
		return fmt.Errorf("signal: lane option MinRate must be positive")
	case !o.Decide.Valid():
		return fmt.Errorf("signal: lane option Decide must be a probability")
	}
	return nil
}

func (o LaneOptions) span() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, a := range o.Antennas {
		lo, hi = min(lo, a.Along), max(hi, a.Along)
	}
	return lo, hi
}
