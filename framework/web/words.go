package web

import (
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// The tones are classes of the style sheet.
const (
	plain = "plain"
	good  = "good"
	doubt = "doubt"
	bad   = "bad"
)

func stageStatus(v *view.Session) status {
	switch v.Stage {
	case view.StageAsking:
		return status{plain, "Checking payment"}
	case view.StageAdmitted:
		return status{plain, "At the gate"}
	case view.StageInside:
		if v.Staff {
			return status{good, "Working"}
		}
		return status{good, "Shopping"}
	case view.StageLeft:
		return status{plain, "Just left"}
	case view.StageSettling:
		if v.Refusal != "" {
			return status{doubt, "Turned away"}
		}
		return status{plain, "Settling"}
	case view.StageReview:
		return status{doubt, "In review"}
	}
	return status{plain, string(v.Stage)}
}

func deviceStatus(s event.DeviceState) status {
	switch s {
	case event.StateReady:
		return status{good, "Ready"}
	case event.StateDegraded:
		return status{doubt, "Degraded"}
	case event.StateOffline:
		return status{bad, "Offline"}
	case event.StateFailed:
		return status{bad, "Failed"}
	case event.StateQuarantined:
		return status{bad, "Quarantined"}
	case event.StateClaiming:
		return status{plain, "Opening"}
	case event.StateClosing:
		return status{plain, "Closing"}
	case event.StateUnconfigured:
	}
	return status{plain, "Not opened"}
}

func briefStatus(b view.Brief) status {
	if b.Pending > 0 {
		return status{doubt, format.Count(b.Pending, "line") + " in review"}
	}
	return paymentStatus(b.Payment)
}

func paymentStatus(s event.PaymentState) status {
	switch s {
	case event.PaymentAuthorizing:
		return status{plain, "Checking payment"}
	case event.PaymentHeld:
		return status{plain, "Held"}
	case event.PaymentDeclined:
		return status{doubt, "Declined"}
	case event.PaymentCapturing:
		return status{plain, "Charging"}
	case event.PaymentCaptured:
		return status{good, "Charged"}
	case event.PaymentVoiding:
		return status{plain, "Releasing the hold"}
	case event.PaymentVoided:
		return status{good, "Released"}
	case event.PaymentFailed:
		return status{bad, "Not collected"}
	}
	return status{plain, "No payment"}
}

// paymentShort says on a slip how far the payment is.
func paymentShort(p *view.Payment) string {
	s := paymentStatus(p.State).Text
	switch {
	case p.State == event.PaymentHeld && p.Held != nil:
		s = format.Money(*p.Held) + " held"
	case p.State == event.PaymentCaptured && p.Captured != nil:
		s = format.Money(*p.Captured) + " charged"
	case p.State == event.PaymentVoided:
		s = "Hold released"
	}
	if p.Doubtful {
		s += ", asking what became of it"
	}
	if card := cardWords(p.Brand, p.Last4); card != "" {
		s += " · " + card
	}
	return s
}

func cardWords(brand, last4 string) string {
	if last4 == "" {
		return capital(brand)
	}
	if brand == "" {
		return "card ···· " + last4
	}
	return capital(brand) + " ···· " + last4
}

// paymentLong tells a shopper what happened with their money.
func paymentLong(r *event.Receipt) (status, string) {
	s := paymentStatus(r.Payment)
	on := "your card"
	if r.Last4 != "" {
		on = strings.TrimSpace(capital(r.Brand)+" card") + " ending in " + r.Last4
	}
	total := format.Money(r.Total)
	switch r.Payment {
	case event.PaymentAuthorizing:
		return s, "The payment is being checked. Nothing has been charged."
	case event.PaymentHeld:
		return s, "An amount is held on " + on + ". Nothing has been charged yet."
	case event.PaymentDeclined:
		return s, "The payment was declined. Nothing was charged."
	case event.PaymentCapturing:
		return s, total + " is being charged to " + on + "."
	case event.PaymentCaptured:
		return s, capturedWords(r.Captured, r.Total) + " to " + on + "."
	case event.PaymentVoiding:
		return s, "Nothing will be charged. The hold on " + on + " is being released."
	case event.PaymentVoided:
		return s, "Nothing was charged. The hold on " + on + " was released."
	case event.PaymentFailed:
		return s, "The payment could not be collected. You owe nothing; the store bears it."
	}
	return s, "There was nothing to pay."
}

func capturedWords(captured *money.Amount, total money.Amount) string {
	if captured == nil || *captured == total {
		return format.Money(total) + " was charged"
	}
	return format.Money(*captured) + " of " + format.Money(total) + " was charged"
}

func endingWords(e event.Ending) string {
	switch e {
	case event.EndedRefused:
		return "You were not let in."
	case event.EndedAbandoned:
		return "The gate opened, but nobody came in."
	case event.EndedLeft:
		return ""
	case event.EndedUnseen:
		return "Nobody was seen leaving, so the visit was closed when the longest stay was over."
	case event.EndedByStaff:
		return "The visit was closed by the staff."
	}
	return ""
}

func methodWords(m observe.Method) string {
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

// pendingTitle names something in doubt.
func pendingTitle(n int, title string) string {
	switch {
	case title != "":
		return fmt.Sprintf("%d × %s", n, title)
	case n == 1:
		return "Something that can’t be named"
	}
	return fmt.Sprintf("%d things that can’t be named", n)
}

// perhapsTitle names it where nothing around says that it is in doubt.
func perhapsTitle(n int, title string, put bool) string {
	s := pendingTitle(n, title)
	if title == "" {
		s = strings.ToLower(s[:1]) + s[1:]
	}
	if put {
		return "Perhaps put back " + s
	}
	return "Perhaps " + s
}

// capital makes the first letter of a plain word large.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
