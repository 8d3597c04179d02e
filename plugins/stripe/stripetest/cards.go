package stripetest

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// A card is a test card (docs.stripe.com/testing). Its number appears nowhere.
type card struct {
	brand, last4, funding string
	// code and decline are what its issuer answers to a charge; empty where it accepts.
	code, decline string
	// challenge asks for the cardholder's presence (3-D Secure).
	challenge bool
	// refundFails: refunds are taken and fail.
	refundFails bool
	// risk is Radar's level, normal where empty; fixed: its holds can't be raised.
	risk  string
	fixed bool
}

var accepting = map[string]card{
	"visa":               {brand: "visa", last4: "4242", funding: "credit"},
	"visa_debit":         {brand: "visa", last4: "5556", funding: "debit"},
	"mastercard":         {brand: "mastercard", last4: "4444", funding: "credit"},
	"mastercard_debit":   {brand: "mastercard", last4: "8210", funding: "debit"},
	"mastercard_prepaid": {brand: "mastercard", last4: "5100", funding: "prepaid"},
	"amex":               {brand: "amex", last4: "0005", funding: "credit"},
	"discover":           {brand: "discover", last4: "9424", funding: "credit"},
	"jcb":                {brand: "jcb", last4: "0505", funding: "credit"},
	"unionpay":           {brand: "unionpay", last4: "0005", funding: "credit"},
	"riskLevelElevated":  {brand: "visa", last4: "9235", funding: "credit", risk: "elevated"},
	"visa_fixed":         {brand: "visa", last4: "0028", funding: "credit", fixed: true},
	"refundFail":         {brand: "visa", last4: "5126", funding: "credit", refundFails: true},
}

// declining are named as in pm_card_chargeDeclined and, for the same card, pm_card_visa_chargeDeclined.
var declining = map[string]card{
	"chargeDeclined":                      {last4: "0002", code: "card_declined", decline: "generic_decline"},
	"chargeCustomerFail":                  {last4: "0341", code: "card_declined", decline: "generic_decline"},
	"chargeDeclinedInsufficientFunds":     {last4: "9995", code: "card_declined", decline: "insufficient_funds"},
	"chargeDeclinedLostCard":              {last4: "9987", code: "card_declined", decline: "lost_card"},
	"chargeDeclinedStolenCard":            {last4: "9979", code: "card_declined", decline: "stolen_card"},
	"chargeDeclinedExpiredCard":           {last4: "0069", code: "expired_card"},
	"chargeDeclinedIncorrectCvc":          {last4: "0127", code: "incorrect_cvc"},
	"chargeDeclinedProcessingError":       {last4: "0119", code: "processing_error"},
	"chargeDeclinedFraudulent":            {last4: "0019", code: "card_declined", decline: "fraudulent"},
	"chargeDeclinedVelocityLimitExceeded": {last4: "6975", code: "card_declined", decline: "card_velocity_exceeded"},
	"authenticationRequired":              {last4: "3184", challenge: true},
}

// cardNamed finds a test card by the NAME of pm_card_NAME or tok_NAME.
func cardNamed(name string) (card, bool) {
	if c, ok := accepting[name]; ok {
		return c, true
	}
	c, ok := declining[strings.TrimPrefix(name, "visa_")]
	c.brand, c.funding = "visa", "credit"
	return c, ok
}

// checkMethods refuses an Options.Methods that could never work.
func checkMethods(methods map[string]string) error {
	for pattern, name := range methods {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("payment method %q: %w", pattern, err)
		}
		if _, ok := cardNamed(name); !ok {
			return fmt.Errorf("payment method %q: no test card is named %q", pattern, name)
		}
	}
	return nil
}

// cardOf finds the card behind a payment-method token that has no object of its own.
func cardOf(token string, methods map[string]string) (card, bool) {
	if name, ok := strings.CutPrefix(token, "pm_card_"); ok {
		return cardNamed(name)
	}
	for _, pattern := range slices.Sorted(maps.Keys(methods)) {
		if ok, _ := path.Match(pattern, token); ok {
			return cardNamed(methods[pattern])
		}
	}
	return card{}, false
}

// declined is the issuer's no. The intent is added by whoever has it.
func declined(code, decline string) *failure {
	messages := map[string]string{
		"expired_card":            "Your card has expired.",
		"incorrect_cvc":           "Your card's security code is incorrect.",
		"processing_error":        "An error occurred while processing your card. Try again in a little bit.",
		"insufficient_funds":      "Your card has insufficient funds.",
		"authentication_required": "Your card was declined. This transaction requires authentication.",
	}
	message := messages[decline]
	if message == "" {
		message = messages[code]
	}
	if message == "" {
		message = "Your card was declined."
	}
	return &failure{status: 402, executed: true, Type: "card_error", Code: code, DeclineCode: decline, Message: message}
}
