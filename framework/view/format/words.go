package format

import (
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/sdk/observe"
)

// The tones of a status, as view.Tone has them.
const (
	Plain = string(view.TonePlain)
	Good  = string(view.ToneGood)
	Doubt = string(view.ToneDoubt)
	Bad   = string(view.ToneBad)
)

// Status is a word with its tone. The tone never says more than the word.
type Status struct{ Tone, Text string }

// Stage says how far a visit is.
func Stage(v *view.Session) Status {
	switch v.Stage {
	case view.StageAsking:
		return Status{Plain, "Checking payment"}
	case view.StageAdmitted:
		return Status{Plain, "At the gate"}
	case view.StageInside:
		if v.Staff {
			return Status{Good, "Working"}
		}
		return Status{Good, "Shopping"}
	case view.StageLeft:
		return Status{Plain, "Just left"}
	case view.StageSettling:
		if v.Refusal != "" {
			return Status{Doubt, "Turned away"}
		}
		return Status{Plain, "Settling"}
	case view.StageReview:
		return Status{Doubt, "In review"}
	}
	return Status{Plain, string(v.Stage)}
}

// Device says how a device is.
func Device(s event.DeviceState) Status {
	switch s {
	case event.StateReady:
		return Status{Good, "Ready"}
	case event.StateDegraded:
		return Status{Doubt, "Degraded"}
	case event.StateOffline:
		return Status{Bad, "Offline"}
	case event.StateFailed:
		return Status{Bad, "Failed"}
	case event.StateQuarantined:
		return Status{Bad, "Quarantined"}
	case event.StateClaiming:
		return Status{Plain, "Opening"}
	case event.StateClosing:
		return Status{Plain, "Closing"}
	case event.StateUnconfigured:
	}
	return Status{Plain, "Not opened"}
}

// Receipt says how a receipt stands: by its pending lines, or by its payment.
func Receipt(b view.Brief) Status {
	if b.Pending > 0 {
		return Status{Doubt, Count(b.Pending, "line") + " in review"}
	}
	return PaymentState(b.Payment)
}

// PaymentState says how far a payment is.
func PaymentState(s event.PaymentState) Status {
	switch s {
	case event.PaymentAuthorizing:
		return Status{Plain, "Checking payment"}
	case event.PaymentHeld:
		return Status{Plain, "Held"}
	case event.PaymentOffline:
		return Status{Doubt, "Not held, offline"}
	case event.PaymentDeclined:
		return Status{Doubt, "Declined"}
	case event.PaymentCapturing:
		return Status{Plain, "Charging"}
	case event.PaymentCaptured:
		return Status{Good, "Charged"}
	case event.PaymentVoiding:
		return Status{Plain, "Releasing the hold"}
	case event.PaymentVoided:
		return Status{Good, "Released"}
	case event.PaymentFailed:
		return Status{Bad, "Not collected"}
	case event.PaymentIncreasing:
		return Status{Plain, "Raising the hold"}
	case event.PaymentHouse:
		return Status{Good, "Posted to an account"}
	case event.PaymentExpired:
		return Status{Doubt, "The hold lapsed"}
	}
	return Status{Plain, "No payment"}
}

// Payment says the same with its amount and card.
func Payment(p *view.Payment) string {
	s := PaymentState(p.State).Text
	switch {
	case p.State == event.PaymentHeld && p.Held != nil:
		s = Money(*p.Held) + " held"
	case p.State == event.PaymentCaptured && p.Captured != nil:
		s = Money(*p.Captured) + " charged"
	case p.State == event.PaymentVoided:
		s = "Hold released"
	}
	if p.Doubtful {
		s += ", asking what became of it"
	}
	if card := card(p.Brand, p.Last4); card != "" {
		s += " · " + card
	}
	return s
}

func card(brand, last4 string) string {
	if last4 == "" {
		return Capital(brand)
	}
	if brand == "" {
		return "card ···· " + last4
	}
	return Capital(brand) + " ···· " + last4
}

// Method is how a credential was presented.
func Method(m observe.Method) string {
	switch m {
	case observe.MethodCard:
		return "card"
	case observe.MethodPalm:
		return "palm"
	case observe.MethodBadge:
		return "badge"
	case observe.MethodCode:
		return "code"
	case observe.MethodUnknown:
	}
	return "credential"
}

// Pending names something in doubt.
func Pending(n int, title string) string {
	switch {
	case title != "":
		return fmt.Sprintf("%d × %s", n, title)
	case n == 1:
		return "Something that can’t be named"
	}
	return fmt.Sprintf("%d things that can’t be named", n)
}

// Perhaps names it where nothing around says that it is in doubt.
func Perhaps(n int, title string, put bool) string {
	s := Pending(n, title)
	if title == "" {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	if put {
		return "Perhaps put back " + s
	}
	return "Perhaps " + s
}

// Capital makes the first letter of a plain word large.
func Capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Party says how many of a party are inside.
func Party(v *view.Session) string {
	p := v.Party
	if v.Ended != nil {
		return "party of " + fmt.Sprint(max(p.Size, p.In))
	}
	switch inside := p.Inside(); {
	case p.In == 0:
		return "party of " + fmt.Sprint(p.Size)
	case p.Size <= 1 && inside == 1:
		return "alone"
	case inside == p.Size:
		return fmt.Sprintf("all %d inside", p.Size)
	default:
		return fmt.Sprintf("%d of %d inside", inside, max(p.Size, p.In))
	}
}
