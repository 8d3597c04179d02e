package credential

import (
	"context"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// MaxName is how many bytes the name of an enrolment has at the most.
const MaxName = 64

// Enrolment is leave for a device to learn one instrument.
type Enrolment struct {
	// Name is the host's; it says nothing of whom it is for.
	Name string
	// Expires is when the device no longer waits, on the host's clock.
	Expires time.Time
}

// Enroller is the optional ability of a reader that learns whom it recognises on
// the device itself, such as a palm reader (AbilityEnrol). What it learns stays
// there.
type Enroller interface {
	// Enrol has the device learn the instrument that is presented next. It returns
	// as soon as the device waits for one, not when somebody came: who came is
	// reported by Run, as any presentation is. The same name again is the same
	// enrolment.
	Enrol(ctx context.Context, e Enrolment) error
}

// Forgetter is the optional ability of a reader that can erase what it learned
// (AbilityForget).
type Forgetter interface {
	// Forget erases what the device keeps of an instrument, by the token that was
	// reported of it. One that it does not know is no error: it is forgotten. A
	// token of which it can't tell whom it is of is refused, and never said to be
	// forgotten. The host asks again after any error of another code than invalid,
	// refused or unsupported.
	Forget(ctx context.Context, token string) error
}

// Check keeps enrolments that mean nothing from every vendor's reader.
func (e Enrolment) Check() error {
	switch {
	case e.Name == "" || len(e.Name) > MaxName:
		return fault.Errorf(fault.Invalid, "an enrolment has a name of 1 to %d bytes", MaxName)
	case e.Expires.IsZero():
		return fault.New(fault.Invalid, "an enrolment expires")
	}
	return nil
}

func checkToken(token string) error {
	if token == "" || len(token) > observe.MaxText {
		return fault.Errorf(fault.Invalid, "a token has 1 to %d bytes", observe.MaxText)
	}
	return nil
}
