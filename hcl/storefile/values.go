package storefile

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/openaisle/aisle/hcl/configspec"
	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// known evaluates an argument that must have a value now. It gives false, and
// has reported why, where there is none; false without a word where the
// argument is not written.
func (l *loader) known(b *block, name string, s scope) (cty.Value, bool) {
	a := b.attribute(name)
	if a == nil {
		return cty.NilVal, false
	}
	v, ok := l.eval(b, a.Expr, s)
	if !ok {
		return cty.NilVal, false
	}
	switch {
	case configspec.IsSecret(v):
		l.fail(b, a.Expr.Range(), "secret", "A secret can't be used here",
			"What stands here is kept in the journal and shown to people. Secrets are for sensitive arguments of config blocks.")
		return cty.NilVal, false
	case !v.IsWhollyKnown():
		l.fail(b, a.Expr.Range(), "not_known", fmt.Sprintf("%q must be known before the store runs", name),
			"It depends on something that is known only then, such as the address of a peer. Only config blocks may use that.")
		return cty.NilVal, false
	case v.IsNull():
		l.fail(b, a.Expr.Range(), "wrong_type", fmt.Sprintf("%q is null", name), "Write a value, or leave the argument out.")
		return cty.NilVal, false
	}
	return v, true
}

// text gives a string argument.
func (l *loader) text(b *block, name string, s scope) (string, bool) {
	v, ok := l.known(b, name, s)
	if !ok {
		return "", false
	}
	if v.Type() != cty.String {
		l.wrongType(b, name, "text in quotes", v)
		return "", false
	}
	return v.AsString(), true
}

// code gives text of digits. Where they are written without quotes, and valid
// takes them, they are suggested in quotes.
func (l *loader) code(b *block, name string, s scope, valid func(string) bool) (string, bool) {
	v, ok := l.known(b, name, s)
	if ok && v.Type() == cty.Number {
		p := l.wrongType(b, name, "text in quotes", v)
		if digits := l.digits(b, name, v); valid(digits) {
			p.Suggestion = strconv.Quote(digits)
		}
		return "", false
	}
	if ok && v.Type() != cty.String {
		l.wrongType(b, name, "text in quotes", v)
		return "", false
	}
	if !ok {
		return "", false
	}
	return v.AsString(), true
}

func (l *loader) wrongType(b *block, name, want string, v cty.Value) *Problem {
	return l.fail(b, b.at(name), "wrong_type", fmt.Sprintf("%q needs %s", name, want), "This is %s.", describe(v))
}

// numberText writes a number out, unless that would take the memory of the
// machine.
func numberText(v cty.Value) string {
	const bits = 4096
	f := v.AsBigFloat()
	if n, accuracy := f.Int64(); accuracy == big.Exact {
		return strconv.FormatInt(n, 10)
	}
	if e := f.MantExp(nil); e > bits || e < -bits {
		return "(a number out of range)"
	}
	return f.Text('f', -1)
}

// describe names the type of a value for a person.
func describe(v cty.Value) string {
	switch ty := v.Type(); {
	case isReference(v):
		return "a reference to " + v.GetAttr("address").AsString()
	case ty == cty.String:
		return "text"
	case ty == cty.Number:
		return "a number"
	case ty == cty.Bool:
		return "true or false"
	case ty.IsTupleType(), ty.IsListType(), ty.IsSetType():
		return "a list"
	case ty.IsObjectType(), ty.IsMapType():
		return "an object"
	}
	return "something else"
}

// quantity parses text with a unit. Only what is within is suggested.
func quantity[T any](l *loader, b *block, name string, s scope, example string, units []string, parse func(string) (T, error), within func(T) bool) (T, bool) {
	var none T
	does := func(text string) bool {
		q, err := parse(text)
		return err == nil && within(q)
	}
	v, ok := l.known(b, name, s)
	if !ok {
		return none, false
	}
	if v.Type() != cty.String {
		p := l.wrongType(b, name, "a quantity with its unit, in quotes", v)
		if v.Type() == cty.Number {
			p.Suggestion = nearest.Quantity(l.digits(b, name, v), units, does)
		}
		return none, false
	}
	q, err := parse(v.AsString())
	switch {
	case (errors.Is(err, measure.ErrRange) || errors.Is(err, money.ErrRate)) && strings.Contains(v.AsString(), "%"):
		l.fail(b, b.at(name), "out_of_bounds", fmt.Sprintf("%q is out of bounds", name), "%s.", capital(err.Error()))
		return none, false
	case err != nil:
		p := l.fail(b, b.at(name), "quantity", fmt.Sprintf("%q is not a quantity", name), "%s. Write it like %s.", capital(err.Error()), example)
		p.Suggestion = nearest.Quantity(v.AsString(), units, does)
		return none, false
	}
	return q, true
}

// digits gives a number as it is written, or its value where it is computed.
func (l *loader) digits(b *block, name string, v cty.Value) string {
	rng := b.at(name)
	if _, ok := literal(b.attribute(name).Expr); ok && l.sources[rng.Filename] != nil {
		return string(rng.SliceBytes(l.sources[rng.Filename].src))
	}
	return numberText(v)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// uncapital makes a sentence the second half of one. A word such as GTIN keeps
// its capitals.
func uncapital(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	first, _, _ := strings.Cut(s, " ")
	if first == "" || first[size:] != strings.ToLower(first[size:]) {
		return s
	}
	return strings.ToLower(s[:size]) + s[size:]
}

// mostMeant is the most that a mass without a proper unit is taken for: nobody
// carries more to a till.
const mostMeant = 50 * measure.Kilogram

func (l *loader) mass(b *block, name string, s scope) (measure.Mass, bool) {
	within := func(m measure.Mass) bool { return m > 0 && m <= mostMeant }
	m, ok := quantity(l, b, name, s, `"345 g"`, nearest.MassUnits, measure.ParseMass, within)
	if ok && m <= 0 {
		l.bounds(b, name, m.String(), "more than 0 g")
		return 0, false
	}
	return m, ok
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		return 0, fmt.Errorf("%q is no duration; the units are ms, s, m and h", s)
	}
	return d, nil
}

// duration gives an argument between two bounds, or otherwise where it is not
// written or wrong.
func (l *loader) duration(b *block, name string, s scope, otherwise, least, most time.Duration) time.Duration {
	within := func(d time.Duration) bool { return d >= least && d <= most }
	d, ok := quantity(l, b, name, s, `"1500ms"`, nearest.Durations(otherwise), parseDuration, within)
	if !ok {
		return otherwise
	}
	if !within(d) {
		l.bounds(b, name, d.String(), fmt.Sprintf("%v to %v", least, most))
		return otherwise
	}
	return d
}

func (l *loader) probability(b *block, name string, s scope, otherwise, least, most measure.Probability) measure.Probability {
	within := func(p measure.Probability) bool { return p >= least && p <= most }
	p, ok := quantity(l, b, name, s, `"99%"`, []string{"%"}, measure.ParseProbability, within)
	if !ok {
		return otherwise
	}
	if !within(p) {
		l.bounds(b, name, p.String(), fmt.Sprintf("%v to %v", least, most))
		return otherwise
	}
	return p
}

// amount gives money above zero in the store's currency.
func (l *loader) amount(b *block, name string, s scope) (money.Amount, bool) {
	a, ok := l.money(b, name, s)
	if ok && a.Sign() <= 0 {
		l.bounds(b, name, a.String(), "more than nothing")
		return money.Amount{}, false
	}
	return a, ok
}

// money gives money in the store's currency.
func (l *loader) money(b *block, name string, s scope) (money.Amount, bool) {
	units := []string{"EUR", "USD", "GBP"}
	if l.store.Currency != "" {
		units = []string{string(l.store.Currency)}
	}
	a, ok := quantity(l, b, name, s, `"1.80 EUR"`, units, money.Parse, func(a money.Amount) bool { return a.Sign() > 0 })
	switch {
	case !ok:
		return money.Amount{}, false
	case l.store.Currency != "" && a.Currency != l.store.Currency:
		p := l.fail(b, b.at(name), "currency", fmt.Sprintf("%q is in %s, the store in %s", name, a.Currency, l.store.Currency),
			"All money of a store is in its currency, which the store block states. Nothing is exchanged.")
		_ = p
		return money.Amount{}, false
	}
	return a, true
}

func (l *loader) bounds(b *block, name, got, want string) {
	l.fail(b, b.at(name), "out_of_bounds", fmt.Sprintf("%q is out of bounds", name), "It is %s; it may be %s.", got, want)
}

// integer gives a whole number between two bounds, or otherwise.
func (l *loader) integer(b *block, name string, s scope, otherwise, least, most int) int {
	v, ok := l.known(b, name, s)
	if !ok {
		return otherwise
	}
	n := 0
	if v.Type() != cty.Number || gocty.FromCtyValue(v, &n) != nil {
		l.wrongType(b, name, "a whole number", v)
		return otherwise
	}
	if n < least || n > most {
		want := fmt.Sprintf("%d to %d", least, most)
		if most == math.MaxInt32 {
			want = fmt.Sprintf("%d or more", least)
		}
		l.bounds(b, name, strconv.Itoa(n), want)
		return otherwise
	}
	return n
}

// saysWhether are the words that others than HCL take for true and false.
var saysWhether = map[string]string{"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}

func (l *loader) boolean(b *block, name string, s scope) bool {
	if a := b.attribute(name); a != nil {
		if word, bare := bareWord(a.Expr, s); bare && saysWhether[strings.ToLower(word)] != "" {
			l.fail(b, a.Expr.Range(), "wrong_type", fmt.Sprintf("%q needs true or false", name), "Write one of these words, without quotes.").Suggestion = saysWhether[strings.ToLower(word)]
			return false
		}
	}
	v, ok := l.known(b, name, s)
	if !ok {
		return false
	}
	if v.Type() != cty.Bool {
		p := l.wrongType(b, name, "true or false", v)
		if v.Type() == cty.String {
			p.Suggestion = saysWhether[strings.ToLower(v.AsString())]
		}
		return false
	}
	return v.True()
}

// word gives one of a closed set of words.
func (l *loader) word(b *block, rng hcl.Range, name, got string, words []string) bool {
	for _, w := range words {
		if w == got {
			return true
		}
	}
	p := l.fail(b, rng, "unknown_word", fmt.Sprintf("%q is no %s", got, name), "It is one of %s.", quoted(words))
	if near := nearest.To(got, words); near != "" {
		p.Suggestion = strconv.Quote(near)
	}
	return false
}

func quoted(words []string) string {
	parts := make([]string, len(words))
	for i, w := range words {
		parts[i] = strconv.Quote(w)
	}
	return strings.Join(parts, ", ")
}

// item is an element of a list, with its place where it is written out.
type item struct {
	value cty.Value
	rng   hcl.Range
}

// items gives the elements of a list argument. One value stands for a list of
// it where single is true.
func (l *loader) items(b *block, name string, s scope, single bool) []item {
	v, ok := l.known(b, name, s)
	if !ok {
		return nil
	}
	rng := b.at(name)
	ty := v.Type()
	if !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		if single {
			return []item{{v, rng}}
		}
		l.wrongType(b, name, "a list in square brackets", v)
		return nil
	}
	tuple, _ := b.attribute(name).Expr.(*hclsyntax.TupleConsExpr)
	var out []item
	for i, e := range v.AsValueSlice() {
		at := rng
		if tuple != nil && i < len(tuple.Exprs) {
			at = tuple.Exprs[i].Range()
		}
		out = append(out, item{e, at})
	}
	return out
}

// texts gives a list of strings. Numbers and bools become text if convert is true.
func (l *loader) texts(b *block, name string, s scope, convert bool) []item {
	var out []item
	for _, i := range l.items(b, name, s, false) {
		switch ty := i.value.Type(); {
		case i.value.IsNull():
			l.fail(b, i.rng, "wrong_type", fmt.Sprintf("An element of %q is null", name), "Remove it or write text.")
		case ty == cty.String:
			out = append(out, i)
		case convert && ty == cty.Number:
			out = append(out, item{cty.StringVal(numberText(i.value)), i.rng})
		case convert && ty == cty.Bool:
			out = append(out, item{cty.StringVal(strconv.FormatBool(i.value.True())), i.rng})
		default:
			l.fail(b, i.rng, "wrong_type", fmt.Sprintf("An element of %q is not text", name), "This is %s.", describe(i.value))
		}
	}
	return out
}

// certifiable are the kinds of evidence that tell of goods, so that one of
// them alone can be made to suffice.
func certifiable() []string {
	return []string{
		observe.KindWeight.String(), observe.KindTag.String(), observe.KindInteraction.String(), observe.KindScan.String(),
	}
}

func (l *loader) kinds(b *block, s scope) []observe.Kind {
	var out []observe.Kind
	for _, i := range l.texts(b, "certified", s, false) {
		var k observe.Kind
		if l.word(b, i.rng, "kind of evidence of goods", i.value.AsString(), certifiable()) && k.UnmarshalText([]byte(i.value.AsString())) == nil {
			out = append(out, k)
		}
	}
	return out
}
