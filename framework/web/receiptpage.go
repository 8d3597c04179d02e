package web

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// receiptPage is one version of a receipt as its page says it.
type receiptPage struct {
	Store    string
	Day      string
	From, To moment
	Ending   string
	Status   format.Status
	Payment  string
	// State says whether it may still change, StateText what that means.
	State     format.Status
	StateText string
	// Changes are what versions changed, newest first.
	Changes []changeItem
	// Form is for who does not agree; nil where nothing can be disputed, or not any
	// more: then Over is the last day on which it could. Disputes are those that were.
	Form     *disputeForm
	Over     string
	Disputes []disputeItem
	Items    []saleItem
	Units    string
	Total    string
	// Sums lead from the lines to the total, where that is not just their sum.
	Sums  []sumItem
	Taxes []taxItem
	// Waiting are lines that wait for the buyer's age to be seen, Pending those in
	// doubt.
	Waiting []doubtItem
	Pending []doubtItem
	Dropped []doubtItem
	Refunds []refundItem
	Version string
	Issued  moment
	// Older says that a newer version counts; Others are all versions where
	// there are several.
	Older  bool
	Others []versionLink
	ID     string
}

type saleItem struct {
	Title, Each, Amount, Tax string
	// Less is what promotions take off, and More the deposits.
	Less, More []sumItem
	// Back says how many of it were given back.
	Back string
	Why  []reason
}

// changeItem is what one version changed.
type changeItem struct {
	At    moment
	Texts []string
}

type sumItem struct{ Name, Amount string }

type taxItem struct{ Name, Rate, Gross, Tax string }

// doubtItem is a line that is not charged, or not yet: it is decided by Until, or
// ends in the shopper's favour.
type doubtItem struct {
	Title, Reason string
	Until         moment
	Why           []reason
}

// refundItem is money that went back, or is on its way where State says so.
type refundItem struct {
	Amount, For, Reason, State string
	At                         moment
}

// underWay are refunds that the receipt does not have yet.
func underWay(r *event.Receipt, refunds []view.Refund, zone *time.Location) (out []refundItem) {
	for i := range refunds {
		x := &refunds[i]
		state := "on its way"
		switch {
		case x.State == event.RefundRefused:
			state = "not given back yet, a person looks after it"
		case x.State != event.RefundRefunding:
			continue
		}
		out = append(out, refundItem{Amount: format.Money(x.Amount), For: strings.Join(lineNames(r, x.Lines), ", "), Reason: format.Capital(x.Reason), State: state, At: dated(x.At, zone)})
	}
	return out
}

func refundsOf(r *event.Receipt, zone *time.Location) (out []refundItem) {
	for _, x := range r.Refunds {
		item := refundItem{Amount: format.Money(x.Amount), Reason: format.Capital(x.Reason), At: dated(x.At, zone)}
		item.For = strings.Join(lineNames(r, x.Lines), ", ")
		out = append(out, item)
	}
	return out
}

// reason is one thing that a line rests on: how sure it was, what was believed
// next, and the records of the evidence.
type reason struct {
	Text       string
	At         moment
	Sure, Next string
	Refs       []recordRef
}

type recordRef struct {
	Ref string
	Seq uint64
}

type versionLink struct {
	Href, Text string
	At         moment
	Current    bool
}

// versionIndex finds the version of a number, or gives -1.
func versionIndex(r *view.Receipt, number string) int {
	for i, v := range r.Versions {
		if strconv.Itoa(v.Receipt.Version) == number {
			return i
		}
	}
	return -1
}

// receiptPage is one version of a receipt, as of now.
func (s site) receiptPage(all *view.Receipt, which int) receiptPage {
	zone := s.zone()
	explained, _, err := s.view.Explain(all.ID)
	if err != nil { // the receipt itself can be read: it says why in its own words
		explained = view.Explained{}
	}
	p := receiptPageOf(all, which, zone, s.view.Title, &explained)
	if which == len(all.Versions)-1 {
		r := &all.Versions[which].Receipt
		disputes, refunds := s.view.DisputesOf(r.Session), s.view.Refunds(r.Session)
		p.Form, p.Disputes = formOf(r, disputes), disputeItems(r, disputes, refunds, zone)
		if store := s.view.Snapshot(); p.Form != nil && store.At.After(r.Closed.Add(store.Store.DisputeWithin)) {
			p.Form, p.Over = nil, format.Day(r.Closed.Add(store.Store.DisputeWithin), zone)
		}
		p.Refunds = append(p.Refunds, underWay(r, refunds, zone)...)
	}
	return p
}

func receiptPageOf(all *view.Receipt, which int, zone *time.Location, title func(gs1.GTIN) string, explained *view.Explained) receiptPage {
	v := all.Versions[which]
	r := &v.Receipt
	p := receiptPage{
		ID: r.ID, Store: r.Store, Day: format.Day(r.Opened, zone), From: minute(r.Opened, zone), To: minute(r.Closed, zone),
		Ending: endingWords(r.Ending), Total: format.Money(r.Total), Issued: dated(v.At, zone),
		Version: strconv.Itoa(r.Version), Older: which < len(all.Versions)-1,
	}
	p.Status, p.Payment = paymentLong(r)
	why := func(w []event.Why) []reason { return reasonsOf(w, zone, explained) }
	units := 0
	for i := range r.Lines {
		l := &r.Lines[i]
		units += l.Quantity
		item := saleItem{Title: l.Title, Each: fmt.Sprintf("%d × %s", l.Quantity, format.Money(l.Unit)),
			Amount: format.Money(l.Amount), Tax: taxWords(l.Tax, r.Taxes), Why: why(l.Why)}
		if l.Per != storedef.PerUnit {
			item.Each = fmt.Sprintf("%s × %s per %s", l.Mass, format.Money(l.Unit), l.Per)
		}
		switch {
		case l.Refunded >= l.Quantity && l.Refunded > 0:
			item.Back = "Given back"
		case l.Refunded > 0:
			item.Back = fmt.Sprintf("%d of %d given back", l.Refunded, l.Quantity)
		}
		item.Less, item.More = partsOf(r, l.ID)
		p.Items = append(p.Items, item)
	}
	p.Sums = sumsOf(r)
	p.Units = format.Count(units, "item")
	for _, t := range r.Taxes {
		p.Taxes = append(p.Taxes, taxItem{Name: format.Capital(t.Name), Rate: t.Rate.String(), Gross: format.Money(t.Gross), Tax: format.Money(t.Tax)})
	}
	p.Dropped = doubtsOf(r.Dropped, nil, zone, title, why)
	for i := range p.Dropped {
		p.Dropped[i].Until = moment{} // it is decided
	}
	p.waits(r, zone, title, why)
	p.Refunds = refundsOf(r, zone)
	p.State, p.StateText = stateWords(view.StateOf(all.Versions, which), len(r.Pending), lastOf(r, zone))
	p.Changes = changesOf(all.Versions[:which+1], zone, title)
	if len(all.Versions) > 1 {
		for i, o := range all.Versions {
			p.Others = append(p.Others, versionLink{Href: fmt.Sprintf("/receipts/%s?version=%d", r.ID, o.Receipt.Version),
				Text: fmt.Sprintf("Version %d, %s", o.Receipt.Version, format.Money(o.Receipt.Total)), At: minute(o.At, zone), Current: i == which})
		}
	}
	return p
}

// lastOf says by when the last pending line is decided.
func lastOf(r *event.Receipt, zone *time.Location) string {
	var last time.Time
	for i := range r.Pending {
		if u := cmp.Or(r.Pending[i].Until, r.PendingUntil); u != nil && u.After(last) {
			last = *u
		}
	}
	if last.IsZero() {
		return ""
	}
	return ", by " + minute(last, zone).Text
}

// taxWords names a line's tax with its rate, as far as the receipt says it.
func taxWords(name string, taxes []event.TaxLine) string {
	for _, t := range taxes {
		if t.Name == name {
			return name + " " + t.Rate.String()
		}
	}
	return name
}

func doubtsOf(list []event.PendingLine, until *time.Time, zone *time.Location, title func(gs1.GTIN) string, why func([]event.Why) []reason) []doubtItem {
	var out []doubtItem
	for i := range list {
		l := &list[i]
		name := ""
		if l.GTIN != "" {
			name = title(l.GTIN)
		}
		item := doubtItem{Title: format.Pending(l.Quantity, name), Reason: format.Capital(l.Reason), Why: why(l.Why)}
		if u := cmp.Or(l.Until, until); u != nil {
			item.Until = minute(*u, zone)
		}
		out = append(out, item)
	}
	return out
}

// reasonsOf gives reasons with what is known of each beside its words.
func reasonsOf(list []event.Why, zone *time.Location, explained *view.Explained) []reason {
	var out []reason
	for _, w := range list {
		x := reason{Text: format.Capital(strings.TrimSpace(w.Text)), At: clock(w.At, zone)}
		for _, ref := range w.Evidence {
			x.Refs = append(x.Refs, recordRef{Ref: ref.String()})
		}
		if e := found(explained, &w); e != nil {
			if e.Probability > 0 {
				x.Sure = percent(e.Probability) + " sure"
			}
			if e.RunnerUp != nil {
				x.Next = "Otherwise: " + e.RunnerUp.Text + ", " + percent(e.RunnerUp.Probability)
			}
			for i := range e.Evidence {
				x.Refs[i].Seq = e.Evidence[i].Seq
			}
		}
		out = append(out, x)
	}
	return out
}

// percent writes a probability that no line break parts.
func percent(p measure.Probability) string { return strings.ReplaceAll(p.String(), " ", "\u00a0") }

// found is what is known of a reason: that of the same words, time and evidence.
func found(explained *view.Explained, w *event.Why) *view.EventExplained {
	for i := range explained.Lines {
		for k := range explained.Lines[i].Events {
			e := &explained.Lines[i].Events[k]
			same := e.Text == w.Text && e.At.Equal(w.At) && len(e.Evidence) == len(w.Evidence)
			for n := 0; same && n < len(w.Evidence); n++ {
				same = e.Evidence[n].Ref == w.Evidence[n].String()
			}
			if same {
				return e
			}
		}
	}
	return nil
}

func minute(t time.Time, zone *time.Location) moment {
	return moment{Machine: format.Machine(t, zone), Text: format.Minute(t, zone)}
}

func dated(t time.Time, zone *time.Location) moment {
	return moment{Machine: format.Machine(t, zone), Text: format.Minute(t, zone) + ", " + format.Day(t, zone)}
}
