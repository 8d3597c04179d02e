package observe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/sdk/measure"
)

// The limits of evidence. What is over a limit is refused where it enters the
// host, so that no plugin can make the host keep more than this.
const (
	MaxText       = 256     // bytes of a token, track, address or EPC
	MaxCandidates = 16      // candidates of one interaction
	MaxBodies     = 32      // people on one credential
	MaxBay        = 4096    // bays of one shelf
	MaxReads      = 1 << 30 // reads summed up in one tag report
	PhaseTurn     = 4096    // units of phase in a turn, and the greatest
	MaxAttributes = 8       // attributes of one credential
	MaxAttribute  = 31      // bytes of one: too few for a template of anything biometric

	// MaxMass bounds a level either way and MaxDeviation its uncertainty: no
	// shelf carries more, and their squares fit 64 bits.
	MaxMass      = 3000 * measure.Kilogram
	MaxDeviation = 100 * measure.Kilogram
)

// Check says what is wrong with e, or nil. The host checks all evidence with
// it before the journal sees it, and the SDK before it leaves the plugin, so a
// vendor meets the same words in a test as an integrator in a log.
func Check(e Evidence) error {
	if e == nil {
		return errors.New("no evidence")
	}
	switch e := e.(type) {
	case Credential:
		return e.Check()
	case Passage:
		return e.Check()
	case Weight:
		return e.Check()
	case Tag:
		return e.Check()
	case Interaction:
		return e.Check()
	case Presence:
		return e.Check()
	case Door:
		return e.Check()
	case Scan:
		return e.Check()
	default:
		return fmt.Errorf("%T is no kind of evidence", e)
	}
}

// check checks the interval of a kind.
func (i *Interval) check(k Kind) error {
	if i.Onset.IsZero() || i.Settled.Before(i.Onset) {
		return fmt.Errorf("%s: interval has no onset or settles before it", k)
	}
	return nil
}

// Check is the package's Check of its kind, as those below are: it allocates
// nothing where all is well.
func (e *Credential) Check() error {
	if err := e.check(KindCredential); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Credential) CheckValues() error {
	return errors.Join(text("token", e.Token, 1), enum("method", e.Method, MethodCode),
		share("quality", e.Quality), count("bodies", e.Bodies, MaxBodies), noPAN(e.Token), CheckAttributes(e.Attributes))
}

// Check says what is wrong with a passage.
func (e *Passage) Check() error {
	if err := e.check(KindPassage); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Passage) CheckValues() error {
	return errors.Join(text("lane", e.Lane, 0), text("admission", e.Admission, 0),
		enum("direction", e.Direction, DirectionOut))
}

// Check says what is wrong with a weight.
func (e *Weight) Check() error {
	if err := e.check(KindWeight); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Weight) CheckValues() error {
	if e.Deviation < 0 || e.Deviation > MaxDeviation {
		return fmt.Errorf("deviation is %v, it must be between 0 g and %v", e.Deviation, MaxDeviation)
	}
	if e.Mass > MaxMass || e.Mass < -MaxMass {
		return fmt.Errorf("mass is %v, it must be within %v of zero", e.Mass, MaxMass)
	}
	if e.Bay < 1 {
		return errors.New("bay numbers start at 1")
	}
	return count("bay", e.Bay, MaxBay)
}

// Check says what is wrong with a tag.
func (e *Tag) Check() error {
	if err := e.check(KindTag); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Tag) CheckValues() error {
	if len(e.EPC) > 0 && len(e.EPC) <= MaxText && e.Confidence >= 0 && e.Confidence <= measure.Certain &&
		e.Antenna >= 0 && e.Antenna <= MaxBay && e.Phase >= 0 && e.Phase <= PhaseTurn && e.Reads >= 0 && e.Reads <= MaxReads && e.Direction <= DirectionOut {
		return hexadecimal(e.EPC) // all else is well
	}
	return errors.Join(text("epc", e.EPC, 1), hexadecimal(e.EPC), share("confidence", e.Confidence),
		count("antenna", e.Antenna, MaxBay), count("phase", e.Phase, PhaseTurn), count("reads", e.Reads, MaxReads),
		optional("direction", e.Direction, DirectionOut))
}

// Check says what is wrong with a presence.
func (e *Presence) Check() error {
	if err := e.check(KindPresence); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Presence) CheckValues() error {
	return errors.Join(text("track", string(e.Track), 1), text("zone", e.Zone, 1), enum("phase", e.Phase, PhaseEnded),
		share("confidence", e.Confidence))
}

// Check says what is wrong with a door.
func (e *Door) Check() error { return e.check(KindDoor) }

// Check says what is wrong with a scan.
func (e *Scan) Check() error {
	if err := e.check(KindScan); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Scan) CheckValues() error {
	return errors.Join(text("gtin", string(e.GTIN), 1), text("serial", e.Serial, 0), text("track", string(e.Track), 0))
}

// Check says what is wrong with an interaction.
func (e *Interaction) Check() error {
	if err := e.check(KindInteraction); err != nil {
		return err
	}
	return e.CheckValues()
}

// CheckValues is Check without the interval, for who has checked that.
func (e *Interaction) CheckValues() error {
	err := errors.Join(text("track", string(e.Track), 0), text("at", e.At, 1), enum("action", e.Action, ActionPut),
		share("confidence", e.Confidence), count("quantity", e.Quantity, MaxBodies),
		count("candidates", len(e.Candidates), MaxCandidates))
	var sum int64
	for _, c := range e.Candidates {
		if bad := errors.Join(text("candidate", string(c.GTIN), 1), share("candidate", c.Probability)); bad != nil {
			err = errors.Join(err, bad)
		}
		sum += int64(c.Probability)
	}
	if sum > int64(measure.Certain) {
		err = errors.Join(err, errors.New("the candidates' probabilities add up to more than one"))
	}
	return err
}

func text(name, s string, least int) error {
	if len(s) < least {
		return fmt.Errorf("%s is empty", name)
	}
	if len(s) > MaxText {
		return fmt.Errorf("%s has %d bytes, the limit is %d", name, len(s), MaxText)
	}
	return nil
}

func enum[T ~uint8](name string, v, last T) error {
	if v == 0 || v > last {
		return fmt.Errorf("%s %d is not known", name, v)
	}
	return nil
}

func optional[T ~uint8](name string, v, last T) error {
	if v > last {
		return fmt.Errorf("%s %d is not known", name, v)
	}
	return nil
}

func share(name string, p measure.Probability) error {
	if p < 0 || p > measure.Certain {
		return fmt.Errorf("%s of %d ppm is not between 0 and 1000000", name, p)
	}
	return nil
}

func count(name string, n, limit int) error {
	if n < 0 || n > limit {
		return fmt.Errorf("%s is %d, it must be between 0 and %d", name, n, limit)
	}
	return nil
}

// notHex is 1 for all but the digits of upper-case hexadecimal.
var notHex = func() (not [256]byte) {
	for i := range not {
		not[i] = 1
	}
	for _, c := range "0123456789ABCDEF" {
		not[c] = 0
	}
	return not
}()

func hexadecimal(s string) error {
	bad := byte(len(s) & 1)
	rest := s
	for ; len(rest) >= 8 && bad == 0; rest = rest[8:] { // eight digits at once
		if !eightHex(rest) {
			bad = 1
		}
	}
	for i := range len(rest) { // without a branch for each digit
		bad |= notHex[rest[i]]
	}
	if bad != 0 {
		return fmt.Errorf("epc %q is not upper-case hexadecimal", s)
	}
	return nil
}

// eightHex says whether the first eight bytes of s are upper-case hexadecimal
// digits. Each byte but those above 0x7f, which are none, has room for a sum whose
// highest bit tells on which side of a bound it lies.
func eightHex(s string) bool {
	_ = s[7]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	const each, high = 0x0101010101010101, 0x8080808080808080
	if x&high != 0 {
		return false
	}
	digit := (x + (0x80-'0')*each) &^ (x + (0x7f-'9')*each)
	letter := (x + (0x80-'A')*each) &^ (x + (0x7f-'F')*each)
	return (digit|letter)&high == high
}

// noPAN refuses a token that could be a card number: 13 to 19 digits with a
// valid Luhn check digit (ISO/IEC 7812-1, annex B).
func noPAN(s string) error {
	if len(s) < 13 || len(s) > 19 || strings.Trim(s, "0123456789") != "" {
		return nil
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 == 0 {
		return errors.New("token looks like a card number: hand over the processor's token instead")
	}
	return nil
}
