package money

import (
	"slices"
	"testing"

	"github.com/bojanz/currency"
)

func TestExponent(t *testing.T) {
	for code, want := range map[Currency]int{
		"JPY": 0, "KRW": 0, "ISK": 0, "EUR": 2, "USD": 2, "GBP": 2, "HUF": 2, "KWD": 3, "BHD": 3, "TND": 3, "CLF": 4, "UYW": 4,
		"": -1, "XXX": -1, "XAU": -1, "eur": -1, "EURO": -1,
	} {
		if got := code.Exponent(); got != want || code.Valid() != (want >= 0) {
			t.Errorf("%q: exponent %d, valid %v; want %d", code, got, code.Valid(), want)
		}
	}
}

// TestAgainstCLDR holds our table against CLDR 47's, which is older: the differences are the amendments to ISO 4217 since.
func TestAgainstCLDR(t *testing.T) {
	newer, withdrawn := []string{"XAD", "XCG"}, []string{"ANG", "BGN"}
	for _, c := range Currencies() {
		digits, ok := currency.GetDigits(string(c))
		switch {
		case slices.Contains(newer, string(c)):
		case !ok:
			t.Errorf("%s is not in CLDR", c)
		case int(digits) != c.Exponent():
			t.Errorf("%s has exponent %d, in CLDR %d", c, c.Exponent(), digits)
		}
	}
	for _, code := range currency.GetCurrencyCodes() {
		if Currency(code).Valid() == slices.Contains(withdrawn, code) {
			t.Errorf("%s: valid %v", code, Currency(code).Valid())
		}
	}
}

func TestCurrencies(t *testing.T) {
	all := Currencies()
	if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Error("Currencies() isn't sorted, or names one twice")
	}
	for _, c := range all {
		if got, err := ParseCurrency(string(c)); err != nil || got != c {
			t.Errorf("ParseCurrency(%q) = %q, %v", c, got, err)
		}
	}
}
