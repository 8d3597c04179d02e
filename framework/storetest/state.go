package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/money"
)

// namedProducts is up to how many products of a store units holds each of them;
// beyond, those that the run has touched.
const namedProducts = 1000

// The names of these fields are words of the store language: see hcl/README.

// stateOf is what asserts see.
type stateOf struct {
	Visit   map[string]visitState `json:"visit"`
	Cart    *cartState            `json:"cart,omitempty"`
	Receipt *receiptState         `json:"receipt,omitempty"`
	Asks    []askState            `json:"asks"`
	Alerts  []alertState          `json:"alerts"`
	Closed  []closedState         `json:"closed"`
	Devices map[string]string     `json:"devices"`
}

type visitState struct {
	Stage    string       `json:"stage"`
	Admitted bool         `json:"admitted"`
	Inside   int          `json:"inside"`
	Refusal  string       `json:"refusal"`
	Message  string       `json:"message"`
	Staff    bool         `json:"staff"`
	Tender   string       `json:"tender"`
	House    string       `json:"house"`
	Held     string       `json:"held"`
	Payment  string       `json:"payment"`
	Cart     cartState    `json:"cart"`
	Receipt  receiptState `json:"receipt"`
	Asks     []askState   `json:"asks"`
	Carried  int          `json:"carried"`
}

type cartState struct {
	Lines   []lineState    `json:"lines"`
	Units   map[string]int `json:"units"`
	Pending []pendingState `json:"pending"`
	Total   string         `json:"total"`
}

type lineState struct {
	Product  string `json:"product"`
	GTIN     string `json:"gtin"`
	Title    string `json:"title"`
	Quantity int    `json:"quantity"`
	Mass     string `json:"mass"`
	Unit     string `json:"unit"`
	Amount   string `json:"amount"`
	Discount string `json:"discount"`
	Tax      string `json:"tax"`
}

type pendingState struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
	Reason   string `json:"reason"`
	Age      int    `json:"age"`
	Put      bool   `json:"put"`
}

type receiptState struct {
	Issued    bool            `json:"issued"`
	Version   int             `json:"version"`
	Lines     []lineState     `json:"lines"`
	Units     map[string]int  `json:"units"`
	Pending   []pendingState  `json:"pending"`
	Dropped   []pendingState  `json:"dropped"`
	Discounts []discountState `json:"discounts"`
	Deposits  []depositState  `json:"deposits"`
	Taxes     []taxState      `json:"taxes"`
	Refunds   []refundState   `json:"refunds"`
	Total     string          `json:"total"`
	Captured  string          `json:"captured"`
	Refunded  string          `json:"refunded"`
	Payment   string          `json:"payment"`
	Tender    string          `json:"tender"`
	House     string          `json:"house"`
	Ending    string          `json:"ending"`
	Brand     string          `json:"brand"`
	Last4     string          `json:"last4"`
}

type discountState struct {
	Promotion string `json:"promotion"`
	Title     string `json:"title"`
	Quantity  int    `json:"quantity"`
	Amount    string `json:"amount"`
}

type depositState struct {
	Deposit  string `json:"deposit"`
	Quantity int    `json:"quantity"`
	Amount   string `json:"amount"`
}

type taxState struct {
	Name  string `json:"name"`
	Rate  string `json:"rate"`
	Gross string `json:"gross"`
	Tax   string `json:"tax"`
}

type refundState struct {
	Amount string `json:"amount"`
	Reason string `json:"reason"`
}

type askState struct {
	Operation string `json:"operation"`
	Device    string `json:"device"`
	Visit     string `json:"visit"`
	Amount    string `json:"amount"`
	Bodies    int    `json:"bodies"`
	Outcome   string `json:"outcome"`
}

type alertState struct {
	Text  string `json:"text"`
	Tone  string `json:"tone"`
	Visit string `json:"visit"`
}

type closedState struct {
	Gate   string `json:"gate"`
	Device string `json:"device"`
	Reason string `json:"reason"`
}

// observed gives the store as asserts see it.
func (w *world) observed() storefile.Observed {
	w.tell()
	snapshot := w.model.Snapshot()
	s := stateOf{Visit: map[string]visitState{}, Asks: w.asksOf(""), Alerts: []alertState{}, Closed: []closedState{}, Devices: map[string]string{}}
	var says []storefile.ScopeValue
	for _, name := range w.names {
		v := w.visitState(w.visits[name], snapshot)
		s.Visit[name] = v
		says = append(says, sentences("visit."+name+".", &v)...)
	}
	switch len(w.names) {
	case 0:
		s.Cart, s.Receipt = w.noCart(), w.receiptOf(nil)
	case 1:
		v := s.Visit[w.names[0]]
		s.Cart, s.Receipt = &v.Cart, &v.Receipt
		says = append(says, sentences("", &v)...)
	}
	for i := range w.story {
		if l := &w.story[i]; l.Tone == string(view.ToneBad) || l.Tone == string(view.ToneDoubt) {
			s.Alerts = append(s.Alerts, alertState{Text: l.Text, Tone: l.Tone, Visit: l.Visit})
		}
	}
	for _, c := range snapshot.Closed {
		s.Closed = append(s.Closed, closedState{c.Gate, c.Device, c.Reason})
	}
	for i := range snapshot.Devices {
		s.Devices[snapshot.Devices[i].Address] = string(snapshot.Devices[i].State)
	}
	return storefile.Observed{State: s, Says: append(says, lists(&s)...)}
}

func (w *world) visitState(v *visit, snapshot *view.Snapshot) visitState {
	out := visitState{Stage: "outside", Admitted: v.entered, Inside: len(v.inside()), Cart: *w.noCart(), Receipt: *w.receiptOf(v.receipt), Asks: w.asksOf(v.name)}
	for _, b := range v.bodies {
		out.Carried += len(b.carried)
	}
	if v.opened != nil {
		out.Staff, out.Tender, out.House = v.opened.Staff, string(v.opened.Tender), v.opened.House
	}
	if v.refused != nil {
		out.Stage, out.Refusal, out.Message = "refused", string(v.refused.Code), v.refused.Message
	}
	i := slices.IndexFunc(snapshot.Sessions, func(s view.Session) bool { return s.ID == v.session })
	switch {
	case i >= 0:
		s := &snapshot.Sessions[i]
		out.Stage = string(s.Stage)
		out.Cart = w.cartOf(s)
		if s.Payment != nil {
			out.Payment = string(s.Payment.State)
			out.Held = w.amount(s.Payment.Held)
		}
	case v.closed && v.refused == nil:
		out.Stage = "closed"
	}
	if v.receipt != nil { // what the cart held at last
		r := &out.Receipt
		out.Cart = cartState{Lines: r.Lines, Units: r.Units, Pending: r.Pending, Total: r.Total}
		out.Payment = r.Payment
	}
	if out.Held == "" {
		out.Held = w.amount(nil)
	}
	return out
}

func (w *world) noCart() *cartState {
	return &cartState{Lines: []lineState{}, Units: w.noUnits(), Pending: []pendingState{}, Total: w.amount(nil)}
}

// noUnits has every product's name, so that one that is written wrong is known
// to be.
func (w *world) noUnits() map[string]int {
	units := map[string]int{}
	for i := range w.index.Store.Products {
		if p := &w.index.Store.Products[i]; len(w.index.Store.Products) <= namedProducts || w.touched[p.GTIN] {
			units[p.Name] = 0
		}
	}
	return units
}

func (w *world) name(g gs1.GTIN) string {
	if p := w.index.Product(g); p != nil {
		return p.Name
	}
	return string(g)
}

func (w *world) amount(a *money.Amount) string {
	if a == nil || a.Currency == "" {
		return money.Zero(w.index.Store.Currency).String()
	}
	return a.String()
}

func (w *world) cartOf(s *view.Session) cartState {
	c := *w.noCart()
	for i := range s.Lines {
		l := &s.Lines[i]
		line := lineState{Product: w.name(l.GTIN), GTIN: string(l.GTIN), Title: l.Title, Quantity: l.Quantity, Unit: w.amount(&l.Unit), Amount: w.amount(&l.Amount), Discount: w.amount(l.Discount)}
		if l.Mass > 0 {
			line.Mass = l.Mass.String()
		}
		if p := w.index.Product(l.GTIN); p != nil {
			line.Tax = p.Tax
		}
		c.Lines = append(c.Lines, line)
		c.Units[line.Product] += l.Quantity
	}
	for i := range s.Pending {
		l := &s.Pending[i]
		c.Pending = append(c.Pending, pendingState{Product: w.name(l.GTIN), Quantity: l.Quantity, Reason: l.Reason, Put: l.Put})
	}
	c.Total = s.Total.String()
	return c
}

func (w *world) receiptOf(r *event.Receipt) *receiptState {
	out := &receiptState{Lines: []lineState{}, Units: w.noUnits(), Pending: []pendingState{}, Dropped: []pendingState{}, Discounts: []discountState{}, Deposits: []depositState{},
		Taxes: []taxState{}, Refunds: []refundState{}, Total: w.amount(nil), Captured: w.amount(nil), Refunded: w.amount(nil)}
	if r == nil {
		return out
	}
	out.Issued, out.Version, out.Total, out.Captured, out.Payment = true, r.Version, w.amount(&r.Total), w.amount(r.Captured), string(r.Payment)
	out.Tender, out.House, out.Ending, out.Brand, out.Last4 = string(r.Tender), r.House, string(r.Ending), r.Brand, r.Last4
	for i := range r.Lines {
		l := &r.Lines[i]
		line := lineState{Product: w.name(l.GTIN), GTIN: string(l.GTIN), Title: l.Title, Quantity: l.Quantity, Unit: w.amount(&l.Unit), Amount: w.amount(&l.Amount), Discount: w.amount(&l.Discount), Tax: l.Tax}
		if l.Mass > 0 {
			line.Mass = l.Mass.String()
		}
		out.Lines = append(out.Lines, line)
		out.Units[line.Product] += l.Quantity
	}
	out.Pending, out.Dropped = w.pending(r.Pending), w.pending(r.Dropped)
	for i := range r.Discounts {
		d := &r.Discounts[i]
		out.Discounts = append(out.Discounts, discountState{d.Promotion, d.Title, d.Quantity, w.amount(&d.Amount)})
	}
	for i := range r.Deposits {
		d := &r.Deposits[i]
		out.Deposits = append(out.Deposits, depositState{d.Deposit, d.Quantity, w.amount(&d.Amount)})
	}
	for i := range r.Taxes {
		x := &r.Taxes[i]
		out.Taxes = append(out.Taxes, taxState{x.Name, strings.ReplaceAll(x.Rate.String(), " ", ""), w.amount(&x.Gross), w.amount(&x.Tax)})
	}
	refunded := money.Zero(w.index.Store.Currency)
	for i := range r.Refunds {
		x := &r.Refunds[i]
		out.Refunds = append(out.Refunds, refundState{w.amount(&x.Amount), x.Reason})
		if sum, err := refunded.Add(x.Amount); err == nil {
			refunded = sum
		}
	}
	out.Refunded = refunded.String()
	return out
}

func (w *world) pending(list []event.PendingLine) []pendingState {
	out := []pendingState{}
	for i := range list {
		l := &list[i]
		out = append(out, pendingState{Product: w.name(l.GTIN), Quantity: l.Quantity, Reason: l.Reason, Age: l.Age})
	}
	return out
}

// asksOf gives what was asked for, for one visit or all.
func (w *world) asksOf(visit string) []askState {
	out := []askState{}
	for _, a := range w.asks {
		s := askState{Operation: string(a.ask.Operation), Device: a.ask.Device, Bodies: a.ask.Bodies, Outcome: cmp.Or(string(a.outcome), "waiting"), Amount: w.amount(a.ask.Amount)}
		if v := w.sessions[a.ask.Session]; v != nil {
			s.Visit = v.name
		}
		if visit == "" || s.Visit == visit {
			out = append(out, s)
		}
	}
	return out
}

// sentences say what a visit's cart and receipt are.
func sentences(prefix string, v *visitState) []storefile.ScopeValue {
	receipt := "is not issued yet"
	if r := &v.Receipt; r.Issued {
		receipt = fmt.Sprintf("is %s; total %s, %s", goods(r.Lines, r.Pending), r.Total, r.Payment)
	}
	out := []storefile.ScopeValue{
		{Traversal: prefix + "receipt", Statement: receipt},
		{Traversal: prefix + "cart", Statement: fmt.Sprintf("is %s; total %s", goods(v.Cart.Lines, v.Cart.Pending), v.Cart.Total)},
	}
	if v.Refusal != "" && prefix != "" {
		out = append(out, storefile.ScopeValue{Traversal: strings.TrimSuffix(prefix, "."), Statement: fmt.Sprintf("was refused with %q: %s", v.Refusal, v.Message)})
	}
	return out
}

func goods(lines []lineState, pending []pendingState) string {
	var parts []string
	for _, l := range lines {
		parts = append(parts, fmt.Sprintf("%d %s for %s", l.Quantity, l.Product, l.Amount))
	}
	for _, p := range pending {
		parts = append(parts, fmt.Sprintf("%d %s pending (%s)", p.Quantity, p.Product, p.Reason))
	}
	return cmp.Or(strings.Join(parts, ", "), "empty")
}

// lists say what the asks, alerts and closures are.
func lists(s *stateOf) []storefile.ScopeValue {
	var asks, alerts, closed []string
	for _, a := range s.Asks {
		asks = append(asks, strings.TrimSpace(a.Operation+" of "+a.Device+" for "+a.Visit)+": "+a.Outcome)
	}
	for _, a := range s.Alerts {
		alerts = append(alerts, a.Text)
	}
	for _, c := range s.Closed {
		closed = append(closed, cmp.Or(c.Gate, "all gates")+": "+c.Reason)
	}
	var out []storefile.ScopeValue
	for _, l := range []struct {
		name string
		list []string
	}{{"asks", asks}, {"alerts", alerts}, {"closed", closed}} {
		out = append(out, storefile.ScopeValue{Traversal: l.name, Statement: cmp.Or("is "+strings.Join(l.list, "; "), "is empty")})
		if len(l.list) == 0 {
			out[len(out)-1].Statement = "is empty"
		}
	}
	return out
}
