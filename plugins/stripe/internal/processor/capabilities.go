package processor

import (
	"time"

	"github.com/openaisle/aisle/sdk/payment"
)

const day = 24 * time.Hour

// Capabilities are what Stripe promises for cards that were saved and are
// charged off session, as this plugin does. Where it depends on the account, the
// card or the merchant category, the least is declared.
var Capabilities = payment.Capabilities{
	// "Keys can be removed from the system automatically after they're at least
	// 24 hours old", and the first result is saved "regardless of whether it
	// succeeds or fails", 500 errors included: docs.stripe.com/api/idempotent_requests.
	KeyWindow: day, SavesErrors: true,
	LookupByKey: true, LookupByReference: true,
	// "Under normal operating conditions, data is searchable in under 1 minute":
	// docs.stripe.com/search#data-freshness. The list, looked through first, does
	// not lag.
	SettlingDelay: time.Minute,
	// Merchant-initiated: Visa 5 days, "the exact authorization window is 4 days
	// and 18 hours"; the others 7 days: docs.stripe.com/payments/place-a-hold-on-a-payment-method.
	HoldLifetime: 4*day + 18*time.Hour,
	HoldLifetimes: []payment.NetworkLifetime{
		{Network: "amex", Lifetime: 7 * day}, {Network: "discover", Lifetime: 7 * day},
		{Network: "mastercard", Lifetime: 7 * day}, {Network: "visa", Lifetime: 4*day + 18*time.Hour},
	},
	PartialCapture: true,
	// Where the card or merchant category has none the answer is a refusal, and the hold stands:
	// docs.stripe.com/payments/incremental-authorization.
	Increment: true,
	// Multicapture and overcapture depend on pricing, card and merchant category:
	// docs.stripe.com/payments/multicapture and /overcapture. Neither is promised.
	PartialRefund: true,
	RefundWindow:  180 * day,
}
