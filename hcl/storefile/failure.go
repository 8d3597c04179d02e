package storefile

import (
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// failureOf is one argument of the failure block: the class that it is for, and
// where in storedef it goes.
type failureOf struct {
	name  string
	class storedef.Class
	field func(*storedef.Failure) *storedef.Reaction
}

func failures() []failureOf {
	return []failureOf{
		{"entry", storedef.ClassGate, func(f *storedef.Failure) *storedef.Reaction { return &f.Entry }},
		{"shelf", storedef.ClassWeightShelf, func(f *storedef.Failure) *storedef.Reaction { return &f.Shelf }},
		{"camera", storedef.ClassCamera, func(f *storedef.Failure) *storedef.Reaction { return &f.Camera }},
		{"rfid", storedef.ClassRFIDReader, func(f *storedef.Failure) *storedef.Reaction { return &f.RFID }},
		{"reader", storedef.ClassCredentialReader, func(f *storedef.Failure) *storedef.Reaction { return &f.Reader }},
		{"payment", storedef.ClassPayment, func(f *storedef.Failure) *storedef.Reaction { return &f.Payment }},
	}
}

// exitsAreFree is why nothing can be said of a way out.
const exitsAreFree = "Whoever is inside can always leave, whatever is down: a store can't say otherwise. Remove it."

// freeExit reports an argument that would be about ways out.
func (l *loader) freeExit(b *block) bool {
	a := b.attribute("exit")
	if a == nil {
		return false
	}
	l.fail(b, a.NameRange, "exit_is_free", "An exit has no failure policy", "%s", exitsAreFree)
	return true
}

func (l *loader) decodeFailure(b *block, s scope) {
	for _, f := range failures() {
		if r, ok := l.reaction(b, f.name, f.class, s); ok {
			*f.field(&l.store.Failure) = r
		}
	}
}

// reaction gives what an argument says is done while a device of a class is down.
func (l *loader) reaction(b *block, name string, c storedef.Class, s scope) (storedef.Reaction, bool) {
	text, ok := l.text(b, name, s)
	if !ok {
		return "", false
	}
	var words []string
	for _, r := range storedef.Reactions(c) {
		words = append(words, string(r))
	}
	if !slices.Contains(words, text) && slices.Contains(everyReaction(), text) {
		l.fail(b, b.at(name), "wrong_reaction", fmt.Sprintf("%q is not for a %s", text, c), "While one is down the store can do one of these: %s.%s",
			quoted(words), whyNot(storedef.Reaction(text)))
		return "", false
	}
	return storedef.Reaction(text), l.word(b, b.at(name), "failure policy", text, words)
}

// whyNot says what a reaction is for, where it is written for another class.
func whyNot(r storedef.Reaction) string {
	switch r {
	case storedef.ReactClosed:
		return ` "closed" shuts the lane of a gate.`
	case storedef.ReactDoubt:
		return ` "doubt" is about what changes on a shelf meanwhile.`
	case storedef.ReactDegrade:
		return ` "degrade" is for what has another kind of evidence beside it.`
	case storedef.ReactOffline:
		return ` "offline" is about payments.`
	case storedef.ReactCloseEntry:
	}
	return ""
}

func everyReaction() []string {
	var words []string
	for _, c := range storedef.Classes() {
		for _, r := range storedef.Reactions(c) {
			words = append(words, string(r))
		}
	}
	return words
}

// whenDown gives what a device's own block says.
func (l *loader) whenDown(b *block, c storedef.Class, s scope, d *storedef.Device) {
	a := b.attribute(argWhenDown)
	switch {
	case a == nil:
		return
	case c == storedef.ClassGate && d.Role == storedef.RoleExit:
		l.fail(b, a.NameRange, "exit_is_free", "An exit has no failure policy", "%s", exitsAreFree)
		return
	}
	d.WhenDown, _ = l.reaction(b, argWhenDown, c, s)
}

// The bounds of what is risked on visits without a hold, as multiples, so that
// they hold in any currency.
const (
	// limitOfflineSale is how many holds one visit may cost.
	limitOfflineSale = 10
	// limitOfflineSales is how many visits may be unpaid at a time.
	limitOfflineSales = 500
	leastOffline      = time.Minute
	limitOffline      = 24 * time.Hour
)

// decodeOffline gives the limits of visits without a hold.
func (l *loader) decodeOffline(parent *block, s scope) {
	var b *block
	for _, syntax := range parent.syntax.Body.Blocks {
		if syntax.Type != blockOffline {
			continue
		}
		c := parent.child(syntax)
		if b != nil {
			l.fail(c, c.header(), "duplicate", "There is a second offline block", "Remove one of them.")
			continue
		}
		b = c
		l.checkShape(c, innerType(blockOffline))
	}
	if b == nil {
		return
	}
	o := &storedef.Offline{For: l.duration(b, "for", s, leastOffline, leastOffline, limitOffline)}
	var sale, total bool
	o.PerSale, sale = l.amount(b, "per_sale", s)
	o.Total, total = l.amount(b, "total", s)
	if hold := l.store.Settlement.Hold; sale && l.overTimes(o.PerSale, hold, limitOfflineSale) {
		l.bounds(b, "per_sale", o.PerSale.String(), fmt.Sprintf("at most %d times the hold, which is %s", limitOfflineSale, hold))
	}
	if over, err := o.PerSale.Cmp(o.Total); sale && total && err == nil && over > 0 {
		l.bounds(b, "total", o.Total.String(), "at least per_sale, "+o.PerSale.String())
	}
	if b.attribute(argPerCard) != nil {
		card, ok := l.amount(b, argPerCard, s)
		if under, err := card.Cmp(o.PerSale); ok && sale && err == nil && under < 0 {
			l.bounds(b, argPerCard, card.String(), "at least per_sale, "+o.PerSale.String())
		}
		if over, err := card.Cmp(o.Total); ok && total && err == nil && over > 0 {
			l.bounds(b, argPerCard, card.String(), "at most total, "+o.Total.String())
		}
		o.PerCard = card
	}
	if sale && total && l.overTimes(o.Total, o.PerSale, limitOfflineSales) {
		l.bounds(b, "total", o.Total.String(), fmt.Sprintf("at most %d times per_sale", limitOfflineSales))
	}
	l.store.Settlement.Offline = o
}

// overTimes says whether an amount is above n times another that is there.
func (l *loader) overTimes(a, other money.Amount, n int64) bool {
	if other.Sign() <= 0 {
		return false
	}
	most, err := other.Mul(n)
	if err != nil {
		return false // more than any amount
	}
	over, err := a.Cmp(most)
	return err == nil && over > 0
}

// checkOffline looks that being paid later is bounded, and that what bounds it
// is of use.
func (l *loader) checkOffline() {
	limits := l.store.Settlement.Offline != nil
	used := false
	say := func(b *block, name string) {
		used = true
		if !limits && len(l.blocks[blockSettlement]) > 0 && !l.hasOffline() {
			l.fail(b, b.at(name), "no_limits", "Nothing bounds what is risked offline",
				"Shoppers come in without a hold then. Say how much the store risks:\nsettlement {\n  offline {\n    per_sale = \"20.00 EUR\"\n    total    = \"500.00 EUR\"\n    for      = \"2h\"\n  }\n}")
		}
	}
	if l.store.Failure.Payment == storedef.ReactOffline {
		say(l.one(blockFailure), "payment")
	}
	for _, d := range l.store.Devices {
		if d.Class == storedef.ClassPayment && d.WhenDown == storedef.ReactOffline {
			say(l.decoded[d.Address], argWhenDown)
		}
	}
	if limits && !used && !l.deviceBroken() {
		for _, syntax := range l.one(blockSettlement).syntax.Body.Blocks {
			if syntax.Type == blockOffline {
				b := l.one(blockSettlement).child(syntax)
				l.warn(b, b.header(), "unused", "The offline limits are not used",
					`Nobody is let in while the processor is down, unless failure { payment = "offline" } says so. Write that, or remove the block.`)
				return
			}
		}
	}
}

// hasOffline says whether an offline block is written, be it right or wrong.
func (l *loader) hasOffline() bool {
	return slices.ContainsFunc(l.one(blockSettlement).syntax.Body.Blocks, func(b *hclsyntax.Block) bool { return b.Type == blockOffline })
}
