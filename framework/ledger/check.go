package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// FaultCode says what does not add up. The words never change.
type FaultCode string

// The faults.
const (
	// FaultPosting: a posting does not add up to zero in a currency (M7).
	FaultPosting FaultCode = "posting_unbalanced"
	// FaultSession: a session closed that does not add up to zero (M7).
	FaultSession FaultCode = "session_unbalanced"
	// FaultOwed: a session closed whose shopper still owes.
	FaultOwed FaultCode = "session_owes"
	// FaultMoved: what is posted to clearing is not what was captured less what
	// went back (M14).
	FaultMoved FaultCode = "clearing_differs"
	// FaultReceipt: a receipt's total is not what was sold (M14).
	FaultReceipt FaultCode = "receipt_differs"
	// FaultHouse: what is exported of the store's own accounts is not what is
	// posted to them.
	FaultHouse FaultCode = "house_differs"
	// FaultDayTwice: a day was closed twice.
	FaultDayTwice FaultCode = "day_closed_twice"
	// FaultDayBalance: a day was closed with other sums than those of its
	// postings.
	FaultDayBalance FaultCode = "day_differs"
	// FaultOverflow: a sum is greater than can be counted.
	FaultOverflow FaultCode = "overflow"
)

// Fault is one thing that does not add up.
type Fault struct {
	Code    FaultCode `json:"code"`
	Session string    `json:"session,omitempty"`
	Day     string    `json:"day"`
	Message string    `json:"message"`
}

func (b *Books) fault(code FaultCode, session, day, message string) {
	b.faults = append(b.faults, Fault{code, session, day, message})
}

// Faults are all that does not add up so far, each with the session at fault;
// empty for sound books. Those that were seen at the time come first.
func (b *Books) Faults() []Fault {
	all := slices.Clone(b.faults)
	posted := map[string]map[dayCurrency]int64{} // to clearing, with what a chargeback took
	for _, l := range b.Lines(Filter{}) {
		if l.Account == clearing || l.Account == chargeback {
			k := dayCurrency{l.Day, l.Currency}
			if posted[l.Session] == nil {
				posted[l.Session] = map[dayCurrency]int64{}
			}
			posted[l.Session][k] += l.Balance
		}
	}
	for _, id := range b.order {
		s := b.sessions[id]
		all = append(all, differ(id, s.moved, posted[id])...)
		if s.receipt == nil || s.closed.IsZero() {
			continue
		}
		if sold := money.New(s.sold[s.receipt.Currency], s.receipt.Currency); *s.receipt != sold {
			all = append(all, Fault{FaultReceipt, id, "", "its receipt says " + s.receipt.String() + " and " + sold.String() + " is booked as sold"})
		}
	}
	return append(all, b.houseFaults()...)
}

// differ compares what moved with what was posted, by day and currency.
func differ(id string, moved, posted map[dayCurrency]int64) (faults []Fault) {
	keys := map[dayCurrency]bool{}
	for _, m := range []map[dayCurrency]int64{moved, posted} {
		for k := range m {
			keys[k] = true
		}
	}
	for _, k := range sortedDays(keys) {
		if moved[k] != posted[k] {
			faults = append(faults, Fault{FaultMoved, id, k.day, "captures less refunds are " + money.New(moved[k], k.currency).String() +
				" and " + money.New(posted[k], k.currency).String() + " is posted to clearing"})
		}
	}
	return faults
}

func sortedDays[V any](m map[dayCurrency]V) []dayCurrency {
	return slices.SortedFunc(maps.Keys(m), func(a, c dayCurrency) int {
		return cmp.Or(strings.Compare(a.day, c.day), strings.Compare(string(a.currency), string(c.currency)))
	})
}

// ItemKind is a kind of open item.
type ItemKind string

// The kinds.
const (
	ItemSession ItemKind = "session_open"
	ItemOwed    ItemKind = "owed"
	ItemHold    ItemKind = "hold_open"
	ItemRefund  ItemKind = "refund_under_way"
	ItemDebt    ItemKind = "debt"
	ItemAlarm   ItemKind = "alarm"
)

// Item is something that is not settled, or that a person must look at.
type Item struct {
	Kind    ItemKind     `json:"kind"`
	Session string       `json:"session,omitempty"`
	Amount  money.Amount `json:"amount,omitzero"`
	Since   time.Time    `json:"since"`
	Why     string       `json:"why,omitempty"`
}

// Open lists what is not settled: by kind, and oldest first within it.
func (b *Books) Open() []Item {
	var all []Item
	for _, id := range b.order {
		s := b.sessions[id]
		if s.closed.IsZero() && !s.opened.IsZero() {
			all = append(all, Item{Kind: ItemSession, Session: id, Since: s.opened})
		}
		for _, t := range trial(b.ofSession(id)) {
			if t.Account == receivable && t.Balance != 0 {
				all = append(all, Item{Kind: ItemOwed, Session: id, Amount: money.New(t.Balance, t.Currency), Since: s.opened})
			}
		}
	}
	for _, h := range b.moves.Holds() {
		if h.State == event.PaymentHeld || !h.State.Final() && h.State != event.PaymentOffline {
			all = append(all, Item{Kind: ItemHold, Session: h.Session, Amount: h.Held, Since: h.At, Why: string(h.State)})
		}
	}
	for _, r := range b.moves.Refunds() {
		if r.State == event.RefundRefunding {
			all = append(all, Item{Kind: ItemRefund, Session: r.Session, Amount: r.Amount, Since: r.At})
		}
	}
	for _, id := range sorted(b.debts) {
		all = append(all, *b.debts[id])
	}
	for _, a := range b.alarms {
		all = append(all, Item{Kind: ItemAlarm, Session: a.Session, Since: a.At, Why: string(a.Code) + ": " + a.Message})
	}
	slices.SortStableFunc(all, func(x, y Item) int {
		return cmp.Or(strings.Compare(string(x.Kind), string(y.Kind)), x.Since.Compare(y.Since))
	})
	return all
}
