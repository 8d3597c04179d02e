package storefile

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// The least durations that make sense: below them the store would work against
// its own devices.
const (
	leastAdmit  = time.Second
	leastStay   = time.Minute
	leastWindow = 50 * time.Millisecond
	leastGrace  = 0
	leastReview = time.Second
	leastFree   = 100 * time.Millisecond
	limitAdmit  = 5 * time.Minute
	leastCharge = storedef.FloorChargeAbove
)

// one gives the block of a type that a store has at most once. Where it isn't
// written there is an empty one, so that the defaults are taken.
func (l *loader) one(kind string) *block {
	if blocks := l.blocks[kind]; len(blocks) > 0 {
		l.decoded[kind] = blocks[0]
		return blocks[0]
	}
	return &block{syntax: emptyBlock(kind), kind: kind, context: kind}
}

func (l *loader) decodePolicies(s scope) {
	l.decodeEntry(l.one(blockEntry), s)
	l.decodeAttribution(l.one(blockAttribution), s)
	l.decodeSettlement(s)
	l.decodeReceipt(l.one(blockReceipt), s)
	l.store.Safety.FreeExitAfter = l.duration(l.one(blockSafety), "free_exit_after", s,
		storedef.DefaultFreeExitAfter, leastFree, storedef.LimitFreeExitAfter)
	l.decodeFailure(l.one(blockFailure), s)
}

func (l *loader) decodeEntry(b *block, s scope) {
	e := &l.store.Entry
	e.AdmitWithin = l.duration(b, "admit_within", s, storedef.DefaultAdmitWithin, leastAdmit, limitAdmit)
	e.MaxStay = l.duration(b, "max_stay", s, storedef.DefaultMaxStay, leastStay, storedef.LimitMaxStay)
	e.MaxParty = l.integer(b, "max_party", s, storedef.DefaultMaxParty, 1, storedef.LimitMaxParty)
	e.MinQuality = l.probability(b, "min_quality", s, storedef.DefaultMinQuality, 0, measure.Certain)
	for _, i := range l.texts(b, "staff", s, false) {
		token := i.value.AsString()
		switch {
		case token == "":
			l.fail(b, i.rng, "out_of_bounds", "A staff token is empty", "Write the token that the reader reports for the badge.")
		case slices.Contains(e.Staff, token):
			l.fail(b, i.rng, "duplicate", "A staff token is there twice", "Remove one of them.")
		default:
			e.Staff = append(e.Staff, token)
		}
	}
	l.decodeEntering(b, s)
}

func (l *loader) decodeAttribution(b *block, s scope) {
	a := &l.store.Attribution
	a.Window = l.duration(b, "window", s, storedef.DefaultWindow, leastWindow, storedef.LimitWindow)
	a.Grace = l.duration(b, "grace", s, storedef.DefaultGrace, leastGrace, storedef.LimitGrace)
	a.ChargeAbove = l.probability(b, "charge_above", s, storedef.DefaultChargeAbove, leastCharge, measure.Certain)
	a.ReviewAbove = l.probability(b, "review_above", s, storedef.DefaultReviewAbove, 0, measure.Certain)
	a.SeveralUnits = l.probability(b, "several_units", s, storedef.DefaultSeveralUnits, 1, storedef.LimitSeveralUnits)
	if a.ReviewAbove >= a.ChargeAbove {
		l.bounds(b, "review_above", a.ReviewAbove.String(), "less than charge_above, "+a.ChargeAbove.String())
	}
}

func (l *loader) decodeSettlement(s scope) {
	if len(l.blocks[blockSettlement]) == 0 {
		if len(l.broken[blockSettlement]) == 0 {
			l.fail(nil, hcl.Range{}, "missing_block", "There is no settlement block",
				"A shopper comes in once an amount is held. Write:\nsettlement {\n  processor = payment.NAME\n  hold      = \"15.00 EUR\"\n}")
		}
		return
	}
	b := l.one(blockSettlement)
	l.store.Settlement.Processor, _ = l.refer(b, "processor", s, string(storedef.ClassPayment))
	l.store.Settlement.Hold, _ = l.amount(b, "hold", s)
	l.decodeLadder(b, s)
	l.decodeOffline(b, s)
}

func (l *loader) decodeReceipt(b *block, s scope) {
	r := &l.store.Receipt
	r.ReviewWithin = l.duration(b, "review_within", s, storedef.DefaultReviewWithin, leastReview, storedef.LimitReviewWithin)
	r.AgeWithin = l.duration(b, "age_within", s, storedef.DefaultAgeWithin, leastAge, storedef.LimitAgeWithin)
	if text, ok := l.text(b, "tax_per", s); ok && l.word(b, b.at("tax_per"), "way to work out taxes", text, []string{"class", "line"}) && text == "line" {
		r.TaxPer = storedef.TaxPerLine
	}
	r.DisputeWithin = l.duration(b, "dispute_within", s, 0, storedef.Day, storedef.LimitDisputeWithin)
	switch limit, ok := l.money(b, "dispute_limit", s); {
	case ok && limit.Sign() < 0:
		l.bounds(b, "dispute_limit", limit.String(), "nothing, for never, or more")
	case ok:
		r.DisputeLimit = &limit
	}
	r.Rounding = money.HalfUp
	if text, ok := l.text(b, "rounding", s); ok {
		var words []string
		for _, rule := range money.Roundings() {
			words = append(words, rule.String())
		}
		if l.word(b, b.at("rounding"), "rounding rule", text, words) {
			if rule, err := money.ParseRounding(text); err == nil {
				r.Rounding = rule
			}
		}
	}
}

// check looks at what blocks say of each other.
func (l *loader) check() {
	l.checkEntries()
	l.checkHouses()
	l.checkHold()
	l.checkOffline()
	l.checkProcessing()
	used := map[string]bool{}
	for _, d := range l.store.Devices {
		used[d.Plugin] = true
	}
	for _, b := range l.blocks[blockPlugin] {
		if !used[b.name] && !l.deviceBroken() {
			l.warn(b, b.header(), "unused", fmt.Sprintf("Plugin %q drives nothing", b.name), "No device has a driver of it. Remove it, or use it.")
		}
	}
}

// deviceBroken says whether there is a device that couldn't be read.
func (l *loader) deviceBroken() bool {
	return slices.ContainsFunc(storedef.Classes(), func(c storedef.Class) bool { return len(l.broken[string(c)]) > 0 })
}

// checkEntries looks that shoppers can come in, be recognised and leave.
func (l *loader) checkEntries() {
	read := map[string]bool{}
	var in, out bool
	for _, d := range l.store.Devices {
		if d.Class == storedef.ClassCredentialReader {
			for _, gate := range d.Serves {
				read[gate] = true
			}
		}
		if d.Class == storedef.ClassGate {
			in = in || d.Role != storedef.RoleExit
			out = out || d.Role != storedef.RoleEntry
		}
	}
	for _, d := range l.store.Devices {
		if d.Class == storedef.ClassGate && (d.Role == storedef.RoleEntry || d.Role == storedef.RoleBoth) && !read[d.Address] {
			if len(l.broken[string(storedef.ClassCredentialReader)]) > 0 {
				continue
			}
			b, rng := l.rangeOf(d.Address, "role")
			l.fail(b, rng, "no_reader", "No credential reader serves this entry",
				"Nobody could be let in. Add a credential_reader with serves = %s, or make the gate an exit.", d.Address)
		}
	}
	if len(l.broken[string(storedef.ClassGate)]) > 0 {
		return
	}
	if !in {
		l.fail(nil, hcl.Range{}, "no_entry", "The store has no way in", `It needs a gate with role = "entry" or "both".`)
	}
	if !out {
		l.fail(nil, hcl.Range{}, "no_exit", "The store has no way out", `It needs a gate with role = "exit" or "both": a visit ends there.`)
	}
}

// checkHold warns of a hold that one product's price is above.
func (l *loader) checkHold() {
	hold := l.store.Settlement.Hold
	for _, p := range l.store.Products {
		if over, err := p.Asks().Cmp(hold); err != nil || hold.IsZero() || over <= 0 || p.Weighed() {
			continue
		}
		b := l.products[l.byGTIN[p.GTIN]].b
		l.warn(b, b.at("price"), "hold_too_small", fmt.Sprintf("%s costs more than is held", p.Name),
			"The hold is %v and the price %v: who takes it can't be charged in full. Raise the hold.", hold, p.Asks())
	}
}
