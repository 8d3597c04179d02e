package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
)

// receiptPage is one version of a receipt as its page says it.
type receiptPage struct {
	Store    string
	Day      string
	From, To moment
	Ending   string
	Status   format.Status
	Payment  string
	Items    []saleItem
	Units    string
	Total    string
	// Sums lead from the lines to the total, where that is not just their sum.
	Sums  []sumItem
	Taxes []taxItem
	// Waiting are lines that wait for the buyer's age to be seen, until Seen.
	Waiting []doubtItem
	Seen    moment
	Pending []doubtItem
	Until   moment
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
	Why        []reason
}

type sumItem struct{ Name, Amount string }

type taxItem struct{ Name, Rate, Gross, Tax string }

type doubtItem struct {
	Title, Reason string
	Why           []reason
}

// refundItem is money that went back.
type refundItem struct {
	Amount, For, Reason string
	At                  moment
}

func refundsOf(r *event.Receipt, zone *time.Location) (out []refundItem) {
	for _, x := range r.Refunds {
		item := refundItem{Amount: format.Money(x.Amount), Reason: format.Capital(x.Reason), At: dated(x.At, zone)}
		var names []string
		for _, ref := range x.Lines {
			for i := range r.Lines {
				if l := &r.Lines[i]; l.ID == ref.Line {
					names = append(names, fmt.Sprintf("%d × %s", ref.Quantity, l.Title))
				}
			}
		}
		item.For = strings.Join(names, ", ")
		out = append(out, item)
	}
	return out
}

type reason struct {
	Text string
	At   moment
	Refs []string
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

func receiptPageOf(all *view.Receipt, which int, timezone string, title func(gs1.GTIN) string) receiptPage {
	zone := format.Zone(timezone)
	v := all.Versions[which]
	r := &v.Receipt
	p := receiptPage{
		ID: r.ID, Store: r.Store, Day: format.Day(r.Opened, zone), From: minute(r.Opened, zone), To: minute(r.Closed, zone),
		Ending: endingWords(r.Ending), Total: format.Money(r.Total), Issued: dated(v.At, zone),
		Version: strconv.Itoa(r.Version), Older: which < len(all.Versions)-1,
	}
	p.Status, p.Payment = paymentLong(r)
	units := 0
	for _, l := range r.Lines {
		units += l.Quantity
		item := saleItem{Title: l.Title, Each: fmt.Sprintf("%d × %s", l.Quantity, format.Money(l.Unit)),
			Amount: format.Money(l.Amount), Tax: taxWords(l.Tax, r.Taxes), Why: reasonsOf(l.Why, zone)}
		if l.Per != storedef.PerUnit {
			item.Each = fmt.Sprintf("%s × %s per %s", l.Mass, format.Money(l.Unit), l.Per)
		}
		item.Less, item.More = partsOf(r, l.ID)
		p.Items = append(p.Items, item)
	}
	p.Sums = sumsOf(r)
	p.Units = format.Count(units, "item")
	for _, t := range r.Taxes {
		p.Taxes = append(p.Taxes, taxItem{Name: format.Capital(t.Name), Rate: t.Rate.String(), Gross: format.Money(t.Gross), Tax: format.Money(t.Tax)})
	}
	p.Dropped = doubtsOf(r.Dropped, zone, title)
	p.waits(r, zone, title)
	p.Refunds = refundsOf(r, zone)
	if len(all.Versions) > 1 {
		for i, o := range all.Versions {
			p.Others = append(p.Others, versionLink{Href: fmt.Sprintf("/receipts/%s?version=%d", r.ID, o.Receipt.Version),
				Text: fmt.Sprintf("Version %d, %s", o.Receipt.Version, format.Money(o.Receipt.Total)), At: minute(o.At, zone), Current: i == which})
		}
	}
	return p
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

func doubtsOf(list []event.PendingLine, zone *time.Location, title func(gs1.GTIN) string) []doubtItem {
	var out []doubtItem
	for _, l := range list {
		name := ""
		if l.GTIN != "" {
			name = title(l.GTIN)
		}
		out = append(out, doubtItem{Title: format.Pending(l.Quantity, name), Reason: format.Capital(l.Reason), Why: reasonsOf(l.Why, zone)})
	}
	return out
}

func reasonsOf(list []event.Why, zone *time.Location) []reason {
	var out []reason
	for _, w := range list {
		x := reason{Text: format.Capital(strings.TrimSpace(w.Text)), At: clock(w.At, zone)}
		for _, ref := range w.Evidence {
			x.Refs = append(x.Refs, ref.String())
		}
		out = append(out, x)
	}
	return out
}

func minute(t time.Time, zone *time.Location) moment {
	return moment{Machine: format.Machine(t, zone), Text: format.Minute(t, zone)}
}

func dated(t time.Time, zone *time.Location) moment {
	return moment{Machine: format.Machine(t, zone), Text: format.Minute(t, zone) + ", " + format.Day(t, zone)}
}
