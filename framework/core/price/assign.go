package price

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// component is promotions of several units that share lots, and those lots.
type component struct {
	promotions []int
	lots       []int
}

// components parts the lots so that no promotion of several units is for lots of
// two of them: each can be seen to alone.
func (b *basket) components() []component {
	var out []component
	for i := range b.lots {
		l := &b.lots[i]
		if len(l.group) == 0 {
			continue
		}
		joined := component{promotions: slices.Clone(l.group), lots: []int{i}}
		out = slices.DeleteFunc(out, func(c component) bool {
			if !slices.ContainsFunc(c.promotions, func(p int) bool { return slices.Contains(l.group, p) }) {
				return false
			}
			joined.promotions, joined.lots = append(joined.promotions, c.promotions...), append(joined.lots, c.lots...)
			return true
		})
		slices.Sort(joined.promotions)
		joined.promotions = slices.Compact(joined.promotions)
		out = append(out, joined)
	}
	return out
}

// unit is one unit to be put into a group or left alone.
type unit struct {
	lot          int
	value, alone int64
}

// assign parts the units of a component among its promotions.
func (b *basket) assign(c component, taken [][]int) error {
	states := 1
	for _, p := range c.promotions {
		if states *= b.x.Store.Promotions[p].Take; states > storedef.LimitTogether {
			return fmt.Errorf("promotions that share products take too many units together: %w", ErrLimit)
		}
	}
	var units []unit
	for _, i := range c.lots {
		l := &b.lots[i]
		for range l.quantity {
			units = append(units, unit{lot: i, value: l.unit.Minor, alone: l.unit.Minor - l.discount.Minor})
		}
	}
	slices.SortStableFunc(units, func(x, y unit) int { // the dearest first; in an order that the request's doesn't matter for
		p, q := &b.lots[x.lot], &b.lots[y.lot]
		return cmp.Or(cmp.Compare(y.value, x.value), cmp.Compare(x.alone, y.alone),
			cmp.Compare(b.out.Lines[p.line].place, b.out.Lines[q.line].place), slices.Compare(p.group, q.group))
	})
	for part := range slices.Chunk(units, maxUnits) {
		if err := b.part(c.promotions, states, part, taken); err != nil {
			return err
		}
	}
	return nil
}

const unreachable = math.MaxInt64

// part finds the cheapest way for some units, the dearest of which come first.
func (b *basket) part(promotions []int, states int, units []unit, taken [][]int) error {
	costs, next := make([]int64, states), make([]int64, states)
	for s := range costs {
		costs[s] = unreachable
	}
	costs[0] = 0
	chosen := make([]uint8, len(units)*states) // by which promotion a state was reached, from 1; 0 for alone
	for i, u := range units {
		choice := chosen[i*states : (i+1)*states]
		for s := range next {
			next[s] = unreachable
			if costs[s] != unreachable {
				next[s] = costs[s] + u.alone
			}
		}
		stride := 1
		for k, pi := range promotions {
			p := &b.x.Store.Promotions[pi]
			if slices.Contains(b.lots[u.lot].group, pi) {
				in, err := b.places(p, u)
				if err != nil {
					return err
				}
				for s, cost := range costs {
					if cost == unreachable {
						continue
					}
					at := s / stride % p.Take
					to := s + stride
					if at == p.Take-1 {
						to = s - at*stride
					}
					if cost+in[at] < next[to] {
						next[to], choice[to] = cost+in[at], uint8(k+1)
					}
				}
			}
			stride *= p.Take
		}
		costs, next = next, costs
	}
	return b.form(promotions, b.retrace(promotions, states, len(units), chosen), units, taken)
}

// places is what a unit adds to the cost at each place of a group, which is
// filled the dearest first.
func (b *basket) places(p *storedef.Promotion, u unit) ([]int64, error) {
	in, last := make([]int64, p.Take), p.Take-1
	switch {
	case p.Percent > 0:
		d, err := b.percent(p, money.New(u.value, b.cur))
		for at := range in {
			in[at] = u.value - d.Minor
		}
		return in, err
	case p.Pay > 0:
		for at := range min(p.Pay, p.Take) {
			in[at] = u.value
		}
	case p.Amount.Minor > 0:
		for at := range in {
			in[at] = u.value
		}
		in[last] -= p.Amount.Minor
	default:
		in[last] = min(p.Price.Minor, 2*LimitTotal) // what costs more than everything is taken by nobody
	}
	return in, nil
}

// retrace says which promotion each unit got: its place in promotions, or none.
func (b *basket) retrace(promotions []int, states, n int, chosen []uint8) []int {
	out := make([]int, n)
	s := 0
	for i := n - 1; i >= 0; i-- {
		c := int(chosen[i*states+s])
		out[i] = c - 1
		if c == 0 {
			continue
		}
		stride := 1
		for _, p := range promotions[:c-1] {
			stride *= b.x.Store.Promotions[p].Take
		}
		take := b.x.Store.Promotions[promotions[c-1]].Take
		if s/stride%take == 0 {
			s += (take - 1) * stride
		} else {
			s -= stride
		}
	}
	return out
}

// form makes the groups and parts the discount of each among its units.
func (b *basket) form(promotions, got []int, units []unit, taken [][]int) error {
	for k, pi := range promotions {
		p := &b.x.Store.Promotions[pi]
		var group []unit
		for i, u := range units {
			if got[i] != k {
				continue
			}
			if group = append(group, u); len(group) < p.Take {
				continue
			}
			if err := b.formed(pi, group, taken); err != nil {
				return err
			}
			group = nil
		}
	}
	return nil
}

func (b *basket) formed(promotion int, group []unit, taken [][]int) error {
	p := &b.x.Store.Promotions[promotion]
	values, off := make([]int64, len(group)), money.Zero(b.cur)
	for i, u := range group {
		values[i] = u.value
		in, err := b.places(p, u)
		if err != nil {
			return err
		}
		off.Minor += u.value - in[i]
		taken[u.lot] = append(taken[u.lot], promotion)
	}
	parts, err := off.Split(values)
	if err != nil {
		return err
	}
	for i, u := range group {
		if err := b.discount(promotion, b.lots[u.lot].line, 1, parts[i]); err != nil {
			return err
		}
	}
	return nil
}
