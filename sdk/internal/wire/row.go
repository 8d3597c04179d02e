package wire

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Row is one report of one device, or the gap that stands for lost ones.
type Row struct {
	// Handle and Epoch name the opening of the device.
	Handle uint32
	Epoch  uint64
	// Seq counts the device's reports within the epoch from 1. A gap has the
	// number of the last report lost.
	Seq uint64
	// Offset estimates the device's clock minus the host's.
	Offset time.Duration
	// Evidence is nil for a gap.
	Evidence observe.Evidence
	Gap      *Gap
}

// Gap stands for reports that were lost, the last of them with the row's Seq.
type Gap struct {
	// Interval spans the lost reports, on the device's clock. It is not valid
	// where nothing is known of them.
	Interval observe.Interval
	// Lost is how many, at least 1.
	Lost uint64
	// Before and After are the sums of all bays' levels before and after the
	// gap; both 0 where the device states no mass.
	Before, After measure.Mass
	// Cause is one phrase for people.
	Cause string
}

// MaxCause bounds a gap's cause, in bytes.
const MaxCause = 512

// Check says what keeps e from travelling: what observe.Check says, a text
// that is not UTF-8, or a time that downstream encodings can't write.
func Check(e observe.Evidence) error {
	if err := observe.Check(e); err != nil {
		return err
	}
	if err := CheckInterval(e.Span()); err != nil {
		return err
	}
	valid := true
	switch e := e.(type) {
	case observe.Credential:
		valid = utf8.ValidString(e.Token)
	case observe.Passage:
		valid = utf8.ValidString(e.Lane) && utf8.ValidString(e.Admission)
	case observe.Interaction:
		valid = utf8.ValidString(string(e.Track)) && utf8.ValidString(e.At)
		for _, c := range e.Candidates {
			valid = valid && utf8.ValidString(string(c.GTIN))
		}
	case observe.Presence:
		valid = utf8.ValidString(string(e.Track)) && utf8.ValidString(e.Zone)
	case observe.Scan:
		valid = utf8.ValidString(string(e.GTIN)) && utf8.ValidString(e.Serial) && utf8.ValidString(string(e.Track))
	case observe.Weight, observe.Tag, observe.Door:
	}
	if !valid {
		return errors.New("a text is not UTF-8")
	}
	return nil
}

// CheckInterval says whether both ends can be written downstream.
func CheckInterval(i observe.Interval) error {
	if i.Onset.UnixMicro() < earliest || i.Settled.UnixMicro() > latest {
		return fmt.Errorf("interval from year %d to %d is not a time of this world", i.Onset.Year(), i.Settled.Year())
	}
	return nil
}
