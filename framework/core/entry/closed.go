package entry

import (
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// offlineAfter is how long a processor must be down before shoppers come in
// without a hold: one that was only opened again is waited for, also by a host
// that was only started again.
const offlineAfter = 10 * time.Second

// Risk is what a visit without a hold may cost the store.
type Risk struct {
	Token  string       `json:"token"`
	Amount money.Amount `json:"amount"`
}

// Watch states why nobody is let in at which gates, where that is another than
// was last stated. It is called at the end of a step, for what was risked
// offline may have been paid in it. Nothing here is about ways out.
func (s *State) Watch(t *turn.Turn) {
	switch t.Input.(type) {
	case event.DeviceStatus, event.Definition, event.Resumed, event.Time:
	case event.Evidence, event.Answer, event.StaffOrder, event.Notice:
		if len(s.Risked) == 0 && len(s.Closed) == 0 {
			return
		}
	}
	closed, next := s.closures(t)
	if slices.Equal(closed, s.Closed) && sameTime(next, s.Recheck) {
		return
	}
	t.Emit(event.EntryChanged{Closed: closed, Next: next, At: t.At})
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// closures lists why nobody is let in, in the order of the devices, and when
// time alone may change it.
func (s *State) closures(t *turn.Turn) (closed []event.Closure, next *time.Time) {
	closed = []event.Closure{}
	if s.lists.serving == t.Store {
		return closed, nil
	}
	all := true
	for _, d := range t.Store.Closers() {
		if s.Serving(d.Address) {
			continue
		}
		all = false
		c := event.Closure{Device: d.Address}
		switch t.Store.Reaction(d) {
		case storedef.ReactClosed:
			c.Gate, c.Reason = d.Address, d.Address+" is down"
		case storedef.ReactCloseEntry:
			c.Reason = d.Address + " is down, and the store lets nobody in without it"
		case storedef.ReactOffline:
			why, at := s.notOffline(t, d.Address)
			if next = at; why == "" {
				continue
			}
			c.Reason = d.Address + " is down" + why
		case storedef.ReactDoubt, storedef.ReactDegrade:
			continue
		}
		closed = append(closed, c)
	}
	if all {
		s.lists.serving = t.Store
	}
	return closed, next
}

// notOffline says why shoppers can't come in without a hold, and when time
// alone may change it; an empty reason is that they can.
func (s *State) notOffline(t *turn.Turn, processor string) (why string, next *time.Time) {
	limits := t.Store.Store.Settlement.Offline
	down, was := s.Down[processor]
	if limits == nil || !was {
		return ", and the store risks nothing offline", nil
	}
	since := down.At
	if s.Back.After(since) {
		since = s.Back
	}
	at := since.Add(offlineAfter)
	if t.At.Before(at) {
		return " and is waited for", &at
	}
	at = down.At.Add(limits.For)
	if !t.At.Before(at) {
		return " for longer than the " + limits.For.String() + " that the store risks", nil
	}
	if !s.risks(limits) {
		return ", and as much is unpaid as the store risks: " + limits.Total.String(), &at
	}
	return "", &at
}

// risks reports whether one more visit without a hold is within the limits.
func (s *State) risks(limits *storedef.Offline) bool {
	sum, err := s.Exposure(limits.PerSale.Currency).Add(limits.PerSale)
	if err != nil {
		return false
	}
	over, err := sum.Cmp(limits.Total)
	return err == nil && over <= 0
}

// Exposure is what all visits without a hold that are not settled may cost the
// store.
func (s *State) Exposure(cur money.Currency) money.Amount {
	return s.exposure(cur, func(Risk) bool { return true })
}

func (s *State) exposure(cur money.Currency, of func(Risk) bool) money.Amount {
	sum := money.Zero(cur)
	for _, id := range slices.Sorted(maps.Keys(s.Risked)) {
		r := s.Risked[id]
		if r.Amount.Currency != cur || !of(r) {
			continue
		}
		var err error
		if sum, err = sum.Add(r.Amount); err != nil {
			panic(err)
		}
	}
	return sum
}

// closedFor returns why a shopper, or staff, is not let in at a gate now. Staff
// come in wherever their gate works, to see to what doesn't. The device that is
// excepted does not matter.
func (s *State) closedFor(t *turn.Turn, gate string, staff bool, except string) (event.Closure, bool) {
	closed, _ := s.closures(t)
	for _, c := range closed {
		if c.Device != except && (c.Gate == gate || c.Gate == "" && !staff) {
			return c, true
		}
	}
	return event.Closure{}, false
}

// toldOf is how a shopper is told of a closure.
func toldOf(t *turn.Turn, c event.Closure) event.RefusalCode {
	d := t.Store.Device(c.Device)
	switch {
	case d != nil && d.Class == storedef.ClassPayment:
		return event.RefusePayment
	case c.Gate != "":
		return event.RefuseGateDown
	}
	return event.RefuseClosed
}

// unpaid reports whether a credential has no visit without a hold to give: one
// before is not settled, or could not be, and the store risks no more on it.
func (s *State) unpaid(limits *storedef.Offline, token string) bool {
	if len(s.Debts[token]) > 0 || s.Owing[token] != "" {
		return true
	}
	card := s.exposure(limits.PerSale.Currency, func(r Risk) bool { return r.Token == token })
	if card.IsZero() {
		return false
	}
	sum, err := card.Add(limits.PerSale)
	if err != nil || limits.PerCard.IsZero() {
		return true
	}
	over, err := sum.Cmp(limits.PerCard)
	return err != nil || over > 0
}
