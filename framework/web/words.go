package web

import (
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// paymentLong tells a shopper what happened with their money.
func paymentLong(r *event.Receipt) (format.Status, string) {
	s := format.PaymentState(r.Payment)
	on := cardOf(r)
	total := format.Money(r.Total)
	switch r.Payment {
	case event.PaymentAuthorizing:
		return s, "The payment is being checked. Nothing has been charged."
	case event.PaymentHeld:
		return s, "An amount is held on " + on + ". Nothing has been charged yet."
	case event.PaymentOffline:
		return s, total + " will be charged to " + on + " once payments work again."
	case event.PaymentDeclined:
		return s, "The payment was declined. Nothing was charged."
	case event.PaymentCapturing:
		return s, total + " is being charged to " + on + "."
	case event.PaymentCaptured:
		if len(r.Refunds) > 0 && r.Captured != nil {
			return s, format.Money(*r.Captured) + " was charged to " + on + ". With what was given back " + total + " remains."
		}
		return s, capturedWords(r.Captured, r.Total) + " to " + on + "."
	case event.PaymentVoiding:
		return s, "Nothing will be charged. The hold on " + on + " is being released."
	case event.PaymentVoided:
		if r.House != "" {
			return s, "Nothing was charged."
		}
		return s, "Nothing was charged. The hold on " + on + " was released."
	case event.PaymentFailed:
		return s, "The payment could not be collected. It will be asked for at your next visit, before the gate opens."
	case event.PaymentIncreasing:
		return s, "The hold on " + on + " is being raised to the total, which will be charged."
	case event.PaymentHouse:
		if len(r.Refunds) > 0 && r.Captured != nil {
			return s, format.Money(*r.Captured) + " was posted to " + accountWords(r) + ". With what was given back " + total + " remains."
		}
		return s, format.Money(posted(r)) + " was posted to " + accountWords(r) + ". No card was used."
	case event.PaymentExpired:
		return s, "The hold on " + on + " has lapsed."
	}
	return s, "There was nothing to pay."
}

// accountWords names the account that a visit was posted to.
func accountWords(r *event.Receipt) string {
	if r.Tender == storedef.TenderMealPlan {
		return "your meal plan (" + r.House + ")"
	}
	return "the account of your badge (" + r.House + ")"
}

func posted(r *event.Receipt) money.Amount {
	if r.Captured != nil {
		return *r.Captured
	}
	return r.Total
}

// cardOf names the instrument that pays.
func cardOf(r *event.Receipt) string {
	if r.House != "" {
		return accountWords(r)
	}
	if r.Last4 == "" {
		return "your card"
	}
	return strings.TrimSpace(format.Capital(r.Brand)+" card") + " ending in " + r.Last4
}

// stateWords tells a shopper whether the receipt may still change.
func stateWords(s view.ReceiptState, pending int, until string) (format.Status, string) {
	switch s {
	case view.Provisional:
		if pending > 0 {
			it := "them"
			if pending == 1 {
				it = "it"
			}
			return format.Status{Tone: format.Doubt, Text: "Provisional"}, format.Count(pending, "line") + " still to be decided" + until +
				". If nobody decides in time, you are not charged for " + it + "."
		}
		return format.Status{Tone: format.Plain, Text: "Provisional"}, "The payment is still on its way."
	case view.Final:
		return format.Status{Tone: format.Good, Text: "Final"}, "Nothing is left to decide. Without your consent it can only become less."
	case view.Corrected:
		return format.Status{Tone: format.Good, Text: "Corrected"}, "It was changed after you paid: see below what, and when."
	}
	return format.Status{Tone: format.Plain, Text: string(s)}, ""
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
