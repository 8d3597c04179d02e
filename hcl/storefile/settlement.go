package storefile

import (
	"fmt"
	"slices"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
)

// decodeLadder gives what is done where the hold does not cover the total, or
// the payment is declined after the visit.
func (l *loader) decodeLadder(b *block, s scope) {
	p := &l.store.Settlement
	if text, ok := l.text(b, argSecondTap, s); ok && l.word(b, b.at(argSecondTap), "second tap", text, words(storedef.SecondTaps())) {
		p.SecondTap = storedef.SecondTap(text)
	}
	if text, ok := l.text(b, argRest, s); ok && l.word(b, b.at(argRest), "way to pay the rest", text, words(storedef.Rests())) {
		p.Rest = storedef.Rest(text)
	}
	if _, ok := l.known(b, argIncrease, s); ok {
		increase := l.boolean(b, argIncrease, s)
		p.Increase = &increase
	}
	p.OverCapture = l.probability(b, argOverCapture, s, 0, 0, storedef.LimitOverCapture)
	p.Retry = l.retries(b, s)
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// retries gives after how long, each time, a declined payment is asked for
// again.
func (l *loader) retries(b *block, s scope) []time.Duration {
	if b.attribute(argRetry) == nil {
		return storedef.DefaultRetry()
	}
	out := []time.Duration{}
	var sum time.Duration
	for _, i := range l.texts(b, argRetry, s, false) {
		d, err := parseDuration(i.value.AsString())
		switch {
		case err != nil:
			l.fail(b, i.rng, "no_duration", fmt.Sprintf("%q is no duration", i.value.AsString()), `Write a number with a unit: "1h", "24h".`)
			continue
		case d < storedef.LeastRetry || d > storedef.LimitRetry:
			l.fail(b, i.rng, "out_of_bounds", "A time to ask again is out of bounds", "It is %v; it may be %v to %v.", d, storedef.LeastRetry, storedef.LimitRetry)
			continue
		}
		out, sum = append(out, d), sum+d
	}
	if len(out) > storedef.LimitRetries {
		l.bounds(b, argRetry, fmt.Sprintf("%d times", len(out)), fmt.Sprintf("at most %d times: the networks' rule", storedef.LimitRetries))
		return slices.Clip(out[:storedef.LimitRetries])
	}
	if sum > storedef.LimitRetry {
		l.bounds(b, argRetry, sum.String()+" in all", fmt.Sprintf("at most %v in all: the networks' rule", storedef.LimitRetry))
	}
	return out
}

// checkLadder refuses rungs that the processor does not have.
func (l *loader) checkLadder(b *block, d *storedef.Device) {
	p, rules := d.Processing, l.store.Settlement
	if rules.Increase != nil && *rules.Increase && !p.Increment {
		l.lack(b, b.at(argIncrease), d, "increment", "no_increase", "The processor can't raise a hold",
			"%s does not declare it. Leave %q out: then the hold is captured, and the rest is paid as %q says.", d.Address, argIncrease, argRest)
	}
	if rules.OverCapture > p.OverCapture {
		l.lack(b, b.at(argOverCapture), d, argOverCapture, "no_over_capture", "The processor captures no more than that above a hold",
			"It would be %v above the hold. %s captures %v above it at most.", rules.OverCapture, d.Address, p.OverCapture)
	}
}
