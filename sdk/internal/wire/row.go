package wire

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Row is one report of one device, or the gap that stands for lost ones, in a
// form that may be kept.
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
	switch e := e.(type) {
	case observe.Credential:
		return CheckCredential(&e)
	case observe.Passage:
		return CheckPassage(&e)
	case observe.Weight:
		return CheckWeight(&e)
	case observe.Tag:
		return CheckTag(&e)
	case observe.Interaction:
		return CheckInteraction(&e)
	case observe.Presence:
		return CheckPresence(&e)
	case observe.Door:
		return CheckDoor(&e)
	case observe.Scan:
		return CheckScan(&e)
	}
	return observe.Check(e)
}

var errNotUTF8 = errors.New("a text is not UTF-8")

func utf8Only(valid bool) error {
	if !valid {
		return errNotUTF8
	}
	return nil
}

// CheckCredential is Check of its kind, as those below are: it allocates
// nothing where all is well.
func CheckCredential(e *observe.Credential) error {
	if err := e.Check(); err != nil {
		return err
	}
	if err := checkSpan(&e.Interval); err != nil {
		return err
	}
	return utf8Only(utf8.ValidString(e.Token))
}

// CheckPassage is Check of a Passage.
func CheckPassage(e *observe.Passage) error {
	if err := e.Check(); err != nil {
		return err
	}
	if err := checkSpan(&e.Interval); err != nil {
		return err
	}
	return utf8Only(utf8.ValidString(e.Lane) && utf8.ValidString(e.Admission))
}

// CheckWeight is Check of a Weight.
func CheckWeight(e *observe.Weight) error {
	if err := e.Check(); err != nil {
		return err
	}
	return checkSpan(&e.Interval)
}

// CheckTag is Check of a Tag.
func CheckTag(e *observe.Tag) error {
	if err := e.Check(); err != nil {
		return err
	}
	return checkSpan(&e.Interval)
}

// CheckInteraction is Check of an Interaction.
func CheckInteraction(e *observe.Interaction) error {
	if err := e.Check(); err != nil {
		return err
	}
	if err := checkSpan(&e.Interval); err != nil {
		return err
	}
	valid := utf8.ValidString(string(e.Track)) && utf8.ValidString(e.At)
	for i := range e.Candidates {
		valid = valid && utf8.ValidString(string(e.Candidates[i].GTIN))
	}
	return utf8Only(valid)
}

// CheckPresence is Check of a Presence.
func CheckPresence(e *observe.Presence) error {
	if err := e.Check(); err != nil {
		return err
	}
	if err := checkSpan(&e.Interval); err != nil {
		return err
	}
	return utf8Only(utf8.ValidString(string(e.Track)) && utf8.ValidString(e.Zone))
}

// CheckDoor is Check of a Door.
func CheckDoor(e *observe.Door) error {
	if err := e.Check(); err != nil {
		return err
	}
	return checkSpan(&e.Interval)
}

// CheckScan is Check of a Scan.
func CheckScan(e *observe.Scan) error {
	if err := e.Check(); err != nil {
		return err
	}
	if err := checkSpan(&e.Interval); err != nil {
		return err
	}
	return utf8Only(utf8.ValidString(string(e.GTIN)) && utf8.ValidString(e.Serial) && utf8.ValidString(string(e.Track)))
}

// CheckInterval says whether both ends can be written downstream.
func CheckInterval(i observe.Interval) error { return checkSpan(&i) }

func checkSpan(i *observe.Interval) error {
	if i.Onset.UnixMicro() < earliest || i.Settled.UnixMicro() > latest {
		return fmt.Errorf("interval from year %d to %d is not a time of this world", i.Onset.Year(), i.Settled.Year())
	}
	return nil
}
