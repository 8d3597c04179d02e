package fault

import "fmt"

// A Code says what the caller must do about an error. The numbers are part of the wire and never change.
type Code uint8

const (
	// None is the code of no error. No Error carries it.
	None Code = 0
	// Invalid: the caller's mistake, a malformed request or a wrong config. Nothing happened. Don't retry: mend the caller.
	Invalid Code = 1
	// Refused: a definite no, such as a declined card. Nothing happened. The same key would be refused again;
	// another attempt is a new decision under a new key.
	Refused Code = 2
	// Unavailable: it couldn't be tried. Nothing happened. Retry later under the same key.
	Unavailable Code = 3
	// Unknown: it may have happened. Look it up or repeat it under the same key, never under a new one.
	Unknown Code = 4
	// Unsupported: this device or processor can't do that, now or later. Nothing happened. Take another way.
	Unsupported Code = 5
	// Internal: a defect in the plugin or the SDK, such as a panic. It may have happened, so money is looked up as for Unknown;
	// the defect is shown to staff.
	Internal Code = 6
)

// Codes gives every code an Error may carry, in wire order.
func Codes() []Code {
	return []Code{Invalid, Refused, Unavailable, Unknown, Unsupported, Internal}
}

// Valid says whether an Error may carry c: None and numbers of a later version are not valid.
func (c Code) Valid() bool { return c >= Invalid && c <= Internal }

// String gives the code's lower-case word.
func (c Code) String() string {
	switch c {
	case None:
		return "none"
	case Invalid:
		return "invalid"
	case Refused:
		return "refused"
	case Unavailable:
		return "unavailable"
	case Unknown:
		return "unknown"
	case Unsupported:
		return "unsupported"
	case Internal:
		return "internal"
	default:
		return fmt.Sprintf("code(%d)", uint8(c))
	}
}

// NothingHappened says whether c promises that the deed had no effect. Unknown and Internal don't.
func (c Code) NothingHappened() bool {
	switch c {
	case Invalid, Refused, Unavailable, Unsupported:
		return true
	case None, Unknown, Internal:
		return false
	default:
		return false
	}
}

// ParseCode reads a code's word. A word it doesn't know gives Unknown and an error, so that a caller who ignores the error is safe.
func ParseCode(s string) (Code, error) {
	if s == None.String() {
		return None, nil
	}
	for _, c := range Codes() {
		if s == c.String() {
			return c, nil
		}
	}
	return Unknown, fmt.Errorf("fault: %q is not an error code", s)
}

// MarshalText writes the code's word. A number that is no code is written as unknown.
func (c Code) MarshalText() ([]byte, error) {
	if c != None && !c.Valid() {
		c = Unknown
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads the code's word. A word of a later version reads as Unknown, without an error: that is what the code is for.
func (c *Code) UnmarshalText(text []byte) error {
	parsed, err := ParseCode(string(text))
	if err != nil {
		parsed = Unknown
	}
	*c = parsed
	return nil
}
