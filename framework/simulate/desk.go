package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// desk is the staff who look into what is in doubt, give money back, and err:
// they order what can't be, and order it twice.
type desk struct {
	w    *world
	on   bool
	dice *rand.Rand
	// receipts are the newest of each visit, in the order in which they came.
	receipts map[string]*event.Receipt
	order    []string
	orders   int
}

// shortWindow is for how long a processor gives money back where it shall happen
// that it does not any more.
const shortWindow = 10 * time.Minute

func (w *world) openDesk(c Choice) {
	w.desk = desk{w: w, on: c.Heavy || w.faults.must[FY10], dice: stream(w.seed, "desk"), receipts: map[string]*event.Receipt{}}
}

// reads is the desk hearing of a receipt. Some with lines in doubt are looked
// into: by what was really taken, for whoever looks at the pictures sees it.
func (d *desk) reads(r *event.Receipt) {
	if !d.on {
		return
	}
	if d.receipts[r.Session] == nil {
		d.order = append(d.order, r.Session)
	}
	d.receipts[r.Session] = r
	if r.Version > 1 || len(r.Pending) == 0 {
		return
	}
	session, choice := r.Session, d.dice.IntN(3)
	d.w.tl.after(between(d.dice, 5*time.Second, time.Minute), func() {
		switch choice {
		case 0:
			d.says(event.StaffOrder{Session: session, Order: event.OrderDropPending})
		case 1:
			if lines := d.owed(session); len(lines) > 0 {
				d.says(event.StaffOrder{Session: session, Order: event.OrderChargePending, Lines: lines})
			}
		}
	})
}

// owed are the pending lines of a visit that was over and really took them; of goods that
// are paid for by their mass no more than that.
func (d *desk) owed(session string) (lines []event.LineRef) {
	v, r := d.w.visitOf[session], d.receipts[session]
	if v == nil || !v.over {
		return nil
	}
	left, mass := map[string]int{}, map[string]int64{}
	for _, u := range v.units {
		left[string(u.product.gtin)]++
		mass[string(u.product.gtin)] += u.mass
	}
	for i := range r.Lines {
		left[string(r.Lines[i].GTIN)] -= r.Lines[i].Quantity
		mass[string(r.Lines[i].GTIN)] -= int64(r.Lines[i].Mass)
	}
	for i := range r.Pending {
		l := &r.Pending[i]
		if l.GTIN != "" && left[string(l.GTIN)] >= l.Quantity && mass[string(l.GTIN)] >= int64(l.Mass)-grain {
			left[string(l.GTIN)] -= l.Quantity
			mass[string(l.GTIN)] -= int64(l.Mass)
			lines = append(lines, event.LineRef{Line: l.ID})
		}
	}
	return lines
}

// says puts an order to the host, and reports whether it heard it.
func (d *desk) says(o event.StaffOrder) bool {
	o.Actor, o.Reason = "desk", "simulated"
	if !d.w.host.up {
		return false
	}
	d.w.host.put("staff", o)
	return true
}

func (d *desk) id() string {
	d.orders++
	return "order-" + itoa(d.orders)
}

// misorder is FY10: refunds of a visit that nobody knows, of more than was taken,
// the same one twice, two that together are too much, and one after the time in
// which the processor gives money back. Proper ones and disputes are among them.
func (w *world) misorder() bool {
	d, r := &w.desk, w.faults.dice[FY10]
	if len(d.order) == 0 || !w.host.up {
		return false
	}
	session := d.order[r.IntN(len(d.order))]
	receipt := d.receipts[session]
	if receipt.Captured == nil || receipt.Captured.Minor == 0 {
		return false
	}
	part := func(n, of int64) *money.Amount {
		a := w.amount(max(1, receipt.Captured.Minor*n/of))
		return &a
	}
	o := event.StaffOrder{ID: d.id(), Session: session, Order: event.OrderRefund}
	switch r.IntN(7) {
	case 0:
		o.Session, o.Amount = "nobody's", part(1, 2)
	case 1:
		o.Amount = part(3, 2)
		o.Amount.Minor++
	case 2: // the same order twice
		o.Amount = part(1, 3)
		again := o
		w.tl.after(between(r, 0, 20*time.Second), func() { d.says(again) })
	case 3: // two that are too much together
		o.Amount = part(2, 3)
		other := o
		other.ID = d.id()
		w.tl.after(between(r, 0, 20*time.Second), func() { d.says(other) })
	case 4: // too late
		w.tl.after(between(r, shortWindow, 2*shortWindow), func() { d.says(o) })
		w.tookOf(FY10, session)
		return true
	case 5: // all of it, by a dispute
		o.Order = event.OrderDispute
		decide := event.StaffOrder{ID: d.id(), Session: session, Order: event.OrderDecideDispute, Dispute: o.ID, Granted: r.IntN(2) == 0}
		w.tl.after(between(r, time.Second, time.Minute), func() { d.says(decide) })
	default: // all of it, and once more
		again := o
		again.ID = d.id()
		w.tl.after(between(r, 0, 20*time.Second), func() { d.says(again) })
	}
	if d.says(o) {
		w.tookOf(FY10, session)
	}
	return true
}
