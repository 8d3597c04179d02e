package paymenttest

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

func authorisations() []clause {
	d := authorising
	return []clause{
		{planAuthorisation, "approved", "A hold is of the amount asked for, and lapses later.", holds},
		{planAuthorisation, "declined", "A declined card is refused, and again under the same key.", declined},
		{planAuthorisation, "zero hold", "An amount of nothing, or less, is refused as invalid.", nothing},
		{planAuthorisation, "duplicate request", "A hold asked for again is the same hold.", holdAgain},
		{planAuthorisation, "duplicate with another amount", "A key with another request is refused as invalid, and the first stands.", otherRequest},
		{planAuthorisation, "duplicates at once", "One key asked for at once is one hold.", sameKeyAtOnce},
		{planAuthorisation, "many shoppers at once", "Many sessions at once are many holds.", manySessions},
		{planAuthorisation, "second trip on one card", "Two keys are two holds, and each can be released.", secondTrip},
		{planAuthorisation, "other currencies", "Currencies have their own decimals.", currencies},
		{planAuthorisation, "connector restarted", "Holds outlive an opening of the processor.", outlive},
		{planAuthorisation, "invalid card", "A token that stands for nothing is refused; nothing is held.", traitRefused(TraitUnknown)},
		{planAuthorisation, "expired card", "A card whose time is over is refused; nothing is held.", traitRefused(TraitExpired)},
		{planAuthorisation, "denied for fraud", "A payment that is denied for fraud is refused, or held with that risk.", deniedForFraud},
		{planAuthorisation, "low risk", "A hold of low risk says so.", riskIs(TraitLowRisk, payment.RiskLow)},
		{planAuthorisation, "elevated risk", "A hold of elevated risk stands, and says so.", riskIs(TraitElevatedRisk, payment.RiskElevated)},
		{planAuthorisation, "fraud system down", "Without the word of the fraud system a hold says nothing of its risk.", fraudDown},
		{planAuthorisation, "credit card", "The funding type is told: credit.", fundingIs(TraitCredit, payment.FundingCredit)},
		{planAuthorisation, "debit card", "The funding type is told: debit.", fundingIs(TraitDebit, payment.FundingDebit)},
		{planAuthorisation, "prepaid card", "The funding type is told: prepaid.", fundingIs(TraitPrepaid, payment.FundingPrepaid)},
		{planAuthorisation, "gift card", "The funding type is told: gift.", fundingIs(TraitGift, payment.FundingGift)},
		{planAuthorisation, "EBT card", "The funding type is told: EBT.", fundingIs(TraitEBT, payment.FundingEBT)},
		{planAuthorisation, "no card number", "What is told of the card is no card number.", noCardNumber},
		{planAuthorisation, "hold lifetime", "A hold lasts as long as the driver declares, or tells no end.", lasts},
		{planAuthorisation, "ambiguous answer, hold placed", "A lost answer is found by look-up.", d.lost},
		{planAuthorisation, "ambiguous answer, asked again", "A lost answer asked for again is the first hold.", d.lostAgain},
		{planAuthorisation, "ambiguous answer, no hold", "A lost request is absent, and possible under the same key.", d.unsent},
		{planAuthorisation, "server error", "A failure of the processor is no decline; one hold comes of it in the end.", d.failed},
		{planAuthorisation, "server error after the hold", "A hold whose answer was a failure is found.", d.failedAfter},
		{planAuthorisation, "rate limit", "Too many requests: nothing is held, and it may be asked again.", d.limited},
		{planAuthorisation, "conditional lower hold", "A hold of another amount than asked for is not passed on as right.", d.altered(Altered)},
		{planAuthorisation, "hold in another currency", "A hold in another currency is not passed on as right.", d.altered(OtherCurrency)},
	}
}

func secondTrip(t testing.TB, b *bench) {
	first, second := b.authorize(t, b.key()), b.authorize(t, b.key())
	if first.Reference == second.Reference {
		t.Fatalf("two holds have the reference %s", first.Reference)
	}
	if err := b.void(b.key(), first.Reference); err != nil {
		t.Fatalf("void: %v", err)
	}
	b.capture(t, b.key(), second.Reference, b.share(50))
}

// of authorises with the token of a trait.
func (b *bench) of(t testing.TB, trait Trait) (payment.Authorization, string, error) {
	t.Helper()
	r := b.holdRequest(b.key())
	r.Token = b.token(t, trait)
	a, err := b.p.Authorize(b.rig.Context(), r)
	return a, r.Key, err
}

func traitRefused(trait Trait) func(testing.TB, *bench) {
	return func(t testing.TB, b *bench) {
		_, key, err := b.of(t, trait)
		still(t, "a card that is "+string(trait), err)
		b.happened(t, key, 0)
	}
}

func deniedForFraud(t testing.TB, b *bench) {
	a, key, err := b.of(t, TraitFraud)
	switch {
	case err != nil:
		wantCode(t, "a payment denied for fraud", err, fault.Refused)
		b.happened(t, key, 0)
	case a.Risk.Level != payment.RiskDenied:
		t.Fatalf("a payment denied for fraud is held with risk %v", a.Risk)
	}
}

func riskIs(trait Trait, want payment.RiskLevel) func(testing.TB, *bench) {
	return func(t testing.TB, b *bench) {
		a, key, err := b.of(t, trait)
		if err != nil || a.Amount != b.h.Hold {
			t.Fatalf("%v, %v", a, err)
		}
		if a.Risk.Level != want {
			t.Errorf("risk %v, want %v", a.Risk.Level, want)
		}
		b.happened(t, key, 1)
	}
}

func fraudDown(t testing.TB, b *bench) {
	b.next(t, payment.OperationAuthorize, FraudDown)
	key := b.key()
	if a := b.authorize(t, key); a.Risk.Level != payment.RiskUnknown {
		t.Errorf("the fraud system is down, and the risk is %v", a.Risk.Level)
	}
	b.happened(t, key, 1)
}

func fundingIs(trait Trait, want payment.Funding) func(testing.TB, *bench) {
	return func(t testing.TB, b *bench) {
		a, _, err := b.of(t, trait)
		if err != nil {
			t.Fatal(err)
		}
		if a.Funding != want {
			t.Errorf("funding %v, want %v", a.Funding, want)
		}
	}
}

// noCardNumber looks for digits in a row: a receipt shows four at most.
func noCardNumber(t testing.TB, b *bench) {
	a := b.authorize(t, b.key())
	const most = 4
	for what, s := range map[string]string{"brand": a.Brand, "last4": a.Last4, "network": a.Network, "risk": a.Risk.Message} {
		row := 0
		for _, r := range s {
			if row++; !strings.ContainsRune("0123456789", r) {
				row = 0
			}
			if row > most {
				t.Errorf("%s %q has more than %d digits in a row", what, s, most)
				break
			}
		}
	}
}

func lasts(t testing.TB, b *bench) {
	a := b.authorize(t, b.key())
	can := b.can(t)
	least := can.HoldLifetime
	for _, n := range can.HoldLifetimes {
		if n.Network == a.Network {
			least = n.Lifetime
		}
	}
	const slack = 100 // a hundredth, for the time that the hold itself took
	if !a.Expires.IsZero() && a.Expires.Sub(b.begun) < least-least/slack {
		t.Errorf("a hold made after %v lapses at %v; the driver declares %v", b.begun, a.Expires, least)
	}
}
