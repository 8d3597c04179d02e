package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/gs1"
)

// changesOf says what versions of a receipt changed, newest first; of those that
// changed nothing a shopper would care for it says nothing.
func changesOf(versions []view.Version, zone *time.Location, title func(gs1.GTIN) string) (out []changeItem) {
	for i, v := range view.ChangesOf(versions, title) {
		c := changeItem{At: dated(v.At, zone)}
		for k := range v.Changes {
			if text := changeWords(&v.Changes[k], &versions[i+1].Receipt); text != "" {
				c.Texts = append(c.Texts, text)
			}
		}
		if len(c.Texts) > 0 {
			out = append(out, c)
		}
	}
	slices.Reverse(out)
	return out
}

func changeWords(c *view.Change, r *event.Receipt) string {
	name := format.Pending(c.Is, c.Title)
	switch c.Kind {
	case view.ChangeCharged:
		return name + " was decided and is charged, " + format.Money(c.Amount) + "."
	case view.ChangeDropped:
		return name + " is not charged, now or later."
	case view.ChangeLine:
		return lineChangeWords(c)
	case view.ChangeRefund:
		text := format.Money(c.Amount) + " was given back"
		if names := lineNames(r, c.Lines); len(names) > 0 {
			text += " for " + strings.Join(names, ", ")
		}
		return text + reasonWords(c.Reason) + "."
	case view.ChangeRefundUndone:
		return "The bank did not take " + format.Money(c.Amount) + " back. The store still owes it to you."
	case view.ChangePayment:
		return paymentChanged(c)
	case view.ChangeTotal:
		return "The total went from " + format.Money(c.Before) + " to " + format.Money(c.Amount) + "."
	}
	return ""
}

func reasonWords(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func lineChangeWords(c *view.Change) string {
	switch {
	case c.Was == 0:
		return fmt.Sprintf("%d × %s came on it, %s.", c.Is, c.Title, format.Money(c.Amount))
	case c.Is == 0:
		return fmt.Sprintf("%d × %s was taken off.", c.Was, c.Title)
	case c.Was == c.Is:
		return fmt.Sprintf("%s costs %s now.", c.Title, format.Money(c.Amount))
	}
	return fmt.Sprintf("%s went from %d to %d.", c.Title, c.Was, c.Is)
}

// paymentChanged tells of a payment that came to an end.
func paymentChanged(c *view.Change) string {
	switch c.Payment {
	case event.PaymentCaptured:
		return format.Money(c.Amount) + " was charged."
	case event.PaymentHouse:
		return format.Money(c.Amount) + " was posted to your account."
	case event.PaymentVoided:
		return "The hold was released. Nothing was charged."
	case event.PaymentFailed:
		return "The payment could not be collected."
	case event.PaymentAuthorizing, event.PaymentHeld, event.PaymentOffline, event.PaymentDeclined, event.PaymentCapturing, event.PaymentVoiding,
		event.PaymentIncreasing, event.PaymentExpired:
	}
	return ""
}
