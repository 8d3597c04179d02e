package processor

import (
	"strings"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
)

// otherUnits are the currencies whose smallest unit at Stripe is not ISO 4217's minor unit
// (docs.stripe.com/currencies#special-cases). They are not taken: an error of a factor of 100 is no way to find out.
const otherUnits = " ISK MGA UGX "

// stripeAmount is an amount as Stripe's API wants it.
func stripeAmount(a money.Amount) (int64, string, error) {
	switch {
	case !a.Currency.Valid():
		return 0, "", fault.Errorf(fault.Invalid, "%q is no currency", string(a.Currency))
	case a.Minor <= 0:
		return 0, "", fault.Errorf(fault.Invalid, "%v can't be moved", a)
	case strings.Contains(otherUnits, " "+string(a.Currency)+" "), a.Currency.Exponent() > 3:
		return 0, "", fault.Errorf(fault.Unsupported, "Stripe counts %s in other units than ISO 4217", a.Currency)
	case a.Currency.Exponent() == 3 && a.Minor%10 != 0:
		return 0, "", fault.Errorf(fault.Unsupported, "Stripe takes %s in steps of 10 minor units only", a.Currency)
	}
	return a.Minor, strings.ToLower(string(a.Currency)), nil
}

// isoAmount is an amount as Stripe's API answers it.
func isoAmount(minor int64, currency string) money.Amount {
	return money.New(minor, money.Currency(strings.ToUpper(currency)))
}
