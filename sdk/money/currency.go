package money

import (
	"fmt"
	"slices"
	"strings"
)

// A Currency is an ISO 4217 alphabetic code. The zero value is no currency.
//
// Decoding doesn't check it: a journal stays readable after ISO withdraws a code. ParseCurrency and Valid check.
type Currency string

// Active codes of ISO 4217 list one that have a minor unit, by exponent. Left out: metals, bond units, XDR, XSU, XUA, XTS and XXX,
// which have none and can't be charged, and BGN, which the euro replaced in 2026.
const (
	exponent0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
	exponent2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW " +
		"CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR " +
		"ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV " +
		"MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD " +
		"SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
	exponent3 = "BHD IQD JOD KWD LYD OMR TND"
	exponent4 = "CLF UYW"
)

// exponents is only ever looked up by code. Nobody ranges over it.
var exponents = func() map[Currency]int {
	table := make(map[Currency]int)
	for _, group := range []struct {
		exponent int
		codes    string
	}{{0, exponent0}, {2, exponent2}, {3, exponent3}, {4, exponent4}} {
		for _, code := range strings.Fields(group.codes) {
			table[Currency(code)] = group.exponent
		}
	}
	return table
}()

// Currencies gives every code this package knows, sorted.
func Currencies() []Currency {
	var all []Currency
	for _, code := range strings.Fields(exponent0 + " " + exponent2 + " " + exponent3 + " " + exponent4) {
		all = append(all, Currency(code))
	}
	slices.Sort(all)
	return all
}

// ParseCurrency reads an active ISO 4217 alphabetic code, in capitals.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if c.Valid() {
		return c, nil
	}
	if upper := Currency(strings.ToUpper(s)); upper.Valid() {
		return "", fmt.Errorf("currency %q must be written %q", s, string(upper))
	}
	return "", fmt.Errorf("%q is not an active ISO 4217 currency code, such as \"EUR\"", s)
}

// Valid says whether c is an active ISO 4217 code with a minor unit.
func (c Currency) Valid() bool {
	_, ok := exponents[c]
	return ok
}

// Exponent says how many decimals the currency has: 0 for JPY, 2 for EUR, 3 for KWD. It is -1 for a code that isn't Valid.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return -1
}
