package stripetest

import "strings"

// Limits of a charge: eight digits at most, and a least amount by settlement currency (docs.stripe.com/currencies).
const maxAmount = 99_999_999

// least holds the smallest charge in minor units; 1 for the currencies that are not in it, since Stripe's rule for
// those depends on an exchange rate.
var least = map[string]int64{
	"usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
	"hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
	"ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}

// zeroDecimal currencies are given in whole units.
const zeroDecimal = " bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf "

// threeDecimal currencies are given in thousandths, the last digit being 0.
const threeDecimal = " bhd jod kwd omr tnd "

// twoDecimal are the others that Stripe takes.
const twoDecimal = " aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop" +
	" crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt" +
	" lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln" +
	" qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer" +
	" zar zmw "

// checkCharge says whether an amount of a currency can be charged. The currency is in lower case.
func checkCharge(amount int64, currency string) *failure {
	word := " " + currency + " "
	if len(currency) != 3 || !strings.Contains(zeroDecimal+twoDecimal+threeDecimal, word) {
		return invalid("currency", "", "Invalid currency: %s.", currency)
	}
	if strings.Contains(threeDecimal, word) && amount%10 != 0 {
		return invalid("amount", "parameter_invalid_integer", "The last digit of an amount in %s must be 0.", currency)
	}
	if amount < least[currency] {
		return invalid("amount", "amount_too_small", "Amount must be at least %d %s", least[currency], currency)
	}
	if amount > maxAmount {
		return invalid("amount", "amount_too_large", "Amount must be no more than %d %s", maxAmount, currency)
	}
	return nil
}
