package payment

import (
	"context"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// Capabilities are what a processor can do. Every driver declares them.
type Capabilities = class.Processing

// NetworkLifetime is how long a hold on one network's cards lasts.
type NetworkLifetime = class.NetworkLifetime

// The optional abilities of a processor, as the host knows them.
const (
	// AbilityIncrease is Increaser's, AbilityNotify Notifier's.
	AbilityIncrease = "payment.increase"
	AbilityNotify   = "payment.notify"
)

// An Increaser is a processor that can raise a hold. Capabilities.Increment
// must say so too.
type Increaser interface {
	// Increase raises a hold to a new total. Code refused means that the hold
	// stands as it was. The same key is the same movement, as of all others, and
	// Lookup finds it by it.
	Increase(ctx context.Context, r IncreaseRequest) (Authorization, error)
}

// IncreaseRequest asks for a greater hold.
type IncreaseRequest struct {
	Key     string
	Session string
	// Reference is the authorisation's.
	Reference string
	// Amount is the new total.
	Amount money.Amount
}

// A Notifier is a processor that says by itself what became of movements, such
// as by webhooks.
type Notifier interface {
	// Notices reports what the processor says until ctx ends; any other return
	// is taken for a break, and it is called again, never twice at once. Report returns once the host
	// has journalled the notice: only then may the processor be told that it
	// arrived. Where report returns an error the processor must say it again.
	// Report may be called by several goroutines at once. Before the first call
	// of Notices, and between two, nobody listens: the processor's own repeats
	// must cover that.
	Notices(ctx context.Context, report func(context.Context, Notice) error) error
}

// Notice is what a processor says by itself. The host does nothing on its word
// but look the movement up; a chargeback it records.
type Notice struct {
	// ID is the processor's own for the event: the same notice again has the
	// same. It has 1 to MaxNoticeID bytes.
	ID   string
	Kind NoticeKind
	// Reference is that of the hold, capture or refund.
	Reference string
	// Key is that of the movement, where the processor tells it.
	Key string
	// Amount is zero where it tells none.
	Amount money.Amount
	// Message says why, where it tells.
	Message string
	// At is when it happened, by the processor's clock.
	At time.Time
}

// The bounds of a notice, in bytes. Longer messages are cut; with a longer name
// a notice is refused.
const (
	MaxNoticeID      = 128
	MaxNoticeName    = 512 // of a reference or key
	MaxNoticeMessage = 512
	// MaxNotices is how many may wait for the host's journal at once.
	MaxNotices = 64
)

// Check says what is wrong with a notice: the host takes none other.
func (n Notice) Check() error {
	switch {
	case n.ID == "" || len(n.ID) > MaxNoticeID:
		return fault.Errorf(fault.Invalid, "a notice's id has 1 to %d bytes, not %d", MaxNoticeID, len(n.ID))
	case len(n.Reference) > MaxNoticeName || len(n.Key) > MaxNoticeName:
		return fault.Errorf(fault.Invalid, "notice %s: its reference or key has more than %d bytes", n.ID, MaxNoticeName)
	case n.Reference == "" && n.Key == "":
		return fault.Errorf(fault.Invalid, "notice %s names no movement", n.ID)
	case n.Amount.Currency != "" && (!n.Amount.Currency.Valid() || n.Amount.Minor < 0):
		return fault.Errorf(fault.Invalid, "notice %s tells of an amount that is none", n.ID)
	case n.Kind == NoticeUnknown || n.Kind > NoticeChargeback:
		return fault.Errorf(fault.Invalid, "notice %s is of kind %d, which nobody knows", n.ID, n.Kind)
	}
	return nil
}
