// Package payment is the contract of payment processors.
//
// It knows holds, captures, voids and refunds of integer minor units of one
// currency, and opaque tokens. It has no type for a card number.
//
// One rule stands above all: the same key is the same movement, for ever, and
// an outcome that is not known is looked up and never asked for under a new
// key. See the error codes of package fault: refused means that nothing moved,
// unavailable that nothing moved and it may be asked again, unknown that it may
// have moved.
package payment

import (
	"context"
	"time"

	"github.com/openaisle/aisle/sdk/money"
)

// A Processor moves money. The same key is the same movement: asked again with
// the same request it answers with the first result, asked again with another
// request it answers with code invalid. The SDK may call several methods at
// once, but never two with the same session.
type Processor interface {
	// Authorize holds an amount. It moves no money. Code refused means that
	// the issuer or processor declined.
	Authorize(ctx context.Context, r AuthorizeRequest) (Authorization, error)
	// Capture takes at most the held amount and releases the rest.
	Capture(ctx context.Context, r CaptureRequest) (Capture, error)
	// Void releases a hold. Voiding a hold that is void is no error.
	Void(ctx context.Context, r VoidRequest) error
	// Refund gives back at most what was captured and not yet refunded.
	Refund(ctx context.Context, r RefundRequest) (Refund, error)
	// Lookup says what became of a movement whose answer was lost. The key
	// travels to the processor as metadata, so that it can be found without a
	// reference. A void need not be: it makes nothing that could carry a key,
	// and whoever asked for it knows the hold.
	Lookup(ctx context.Context, r LookupRequest) (Outcome, error)
}

// AuthorizeRequest asks for a hold.
type AuthorizeRequest struct {
	Key     string
	Session string
	// Token is the credential's opaque token.
	Token  string
	Amount money.Amount
}

// Authorization is a hold that stands.
type Authorization struct {
	// Reference is the processor's own name for it.
	Reference string
	// Amount is what is held. The host refuses any other than it asked for.
	Amount money.Amount
	// Expires is when the hold lapses, by this machine's clock; zero when the
	// processor doesn't say. A plugin whose processor tells the time of its
	// answers says how long is left from then on, so that the hold is judged by
	// the processor's clock and not by a wrong one here.
	Expires time.Time
	Funding Funding
	// Network is the card's, in small letters as in Capabilities; empty where it
	// is not known.
	Network string
	// Risk is what the processor thinks of the payment, where it says so.
	Risk Risk
	// Brand and Last4 are what a receipt may show of the instrument.
	Brand, Last4 string
}

// Risk is what a processor thinks of a payment that it did not decline.
type Risk struct {
	Level RiskLevel
	// Message says why, for staff.
	Message string
}

// CaptureRequest asks to take money from a hold.
type CaptureRequest struct {
	Key     string
	Session string
	// Reference is the authorisation's.
	Reference string
	Amount    money.Amount
}

// Capture is money taken.
type Capture struct {
	Reference string
	Amount    money.Amount
}

// VoidRequest asks to release a hold.
type VoidRequest struct {
	Key       string
	Session   string
	Reference string
}

// RefundRequest asks to give money back.
type RefundRequest struct {
	Key     string
	Session string
	// Reference is the capture's.
	Reference string
	Amount    money.Amount
	Reason    string
}

// Refund is money given back.
type Refund struct {
	Reference string
	Amount    money.Amount
}

// LookupRequest asks what became of a movement.
type LookupRequest struct {
	Key       string
	Operation Operation
	// Reference is that of the hold or capture it acted on, where known. Of a
	// void it always is; a processor may refuse to look one up without.
	Reference string
	// Since is when the movement was first asked for; it bounds the search.
	Since time.Time
}

// Outcome is what became of a movement.
type Outcome struct {
	State State
	// Reference and Amount are the movement's, where State is Done.
	Reference string
	Amount    money.Amount
	// Message says why, where State is Declined.
	Message string
	// Expires is when a hold lapses, where the movement is one and it is known.
	// Of a hold that was released or has lapsed it may lie in the past: the hold
	// happened, and is gone.
	Expires time.Time
}
