package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/sdk/money"
)

// shopper is who opens a dispute at the receipt's page.
const shopper = "shopper"

// claims are what a shopper can say of lines; other words may be added.
var claims = []string{"I did not take this", "I put it back", "I took fewer", "The price is wrong", "Something else"}

// disputeForm is what the receipt's page asks who does not agree.
type disputeForm struct {
	Action, Token string
	Lines         []disputeLine
	Claims        []string
	// Problem says what is missing, and Field where, of a form that was sent.
	Problem, Field string
	Claim, Words   string
}

type disputeLine struct {
	ID, Title, Amount string
	// Units is how many of it may be disputed.
	Units  int
	Picked bool
}

// disputeItem is a dispute as the receipt's page tells of it.
type disputeItem struct {
	Title, Text string
	At          moment
	Tone        string
	Href        string
}

// formOf is the form of a receipt; nil where nothing can be disputed.
func formOf(r *event.Receipt, disputes []view.Dispute) *disputeForm {
	if r.Payment != event.PaymentCaptured && r.Payment != event.PaymentHouse {
		return nil
	}
	f := disputeForm{Action: "/receipts/" + r.ID + "/disputes", Claims: claims,
		Token: fingerprint("dispute", r.ID, strconv.Itoa(len(disputes)))}
	for i := range r.Lines {
		l := &r.Lines[i]
		open := slices.ContainsFunc(disputes, func(d view.Dispute) bool {
			return d.Decided == nil && slices.ContainsFunc(d.Lines, func(x event.LineRef) bool { return x.Line == l.ID })
		})
		if left := l.Quantity - l.Refunded; l.ID != "" && left > 0 && !open {
			f.Lines = append(f.Lines, disputeLine{ID: l.ID, Title: l.Title, Amount: format.Money(l.Amount), Units: left})
		}
	}
	if len(f.Lines) == 0 {
		return nil
	}
	return &f
}

// dispute takes what the form sends. The same form sent again is the same
// dispute.
func (s site) dispute(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	found, ok, err := s.view.Receipt(id)
	switch {
	case err != nil:
		unreadable(w)
		return
	case !ok:
		notFound(w, r)
		return
	case !readForm(w, r):
		return
	}
	session := found.Latest().Receipt.Session
	claim, said := oneLine(r.PostForm.Get("claim")), oneLine(r.PostForm.Get("words"))
	lines, problem, field := picked(r)
	reason := claim
	if said != "" {
		reason = claim + ": " + said
	}
	switch {
	case problem != "":
	case !slices.Contains(claims, claim):
		problem, field = "Please say what is wrong.", "claim"
	case !words(reason):
		problem, field = "Please write less, at most 150 letters.", "words"
	case r.PostForm.Get("token") == "" || len(r.PostForm.Get("token")) > maxWords:
		problem, field = "The form was not whole. Please send it again.", "token"
	}
	if problem != "" {
		s.receiptAgain(w, found, &disputeForm{Problem: problem, Field: field, Claim: claim, Words: said}, lines)
		return
	}
	if s.decide == nil {
		unavailable(w, "/receipts/"+id)
		return
	}
	parts := []string{"dispute", id, r.PostForm.Get("token")}
	for _, l := range lines {
		parts = append(parts, l.Line, strconv.Itoa(l.Quantity))
	}
	o := event.StaffOrder{ID: "form-" + fingerprint(parts...), Actor: shopper, Reason: reason, Session: session, Order: event.OrderDispute, Lines: lines}
	refused, err := s.decide(r.Context(), o)
	switch {
	case err != nil:
		unavailable(w, "/receipts/"+id)
	case refused != "" && !repeat(refused):
		render(w, http.StatusConflict, silent, "message.html", messagePage{Title: "Nothing was sent", Text: format.Capital(refused) + ".", Back: "/receipts/" + id, BackText: "Back to the receipt"})
	default:
		http.Redirect(w, r, "/receipts/"+id+"/disputes/"+o.ID, http.StatusSeeOther)
	}
}

// picked reads which lines are disputed, and how many of each.
func picked(r *http.Request) (lines []event.LineRef, problem, field string) {
	ids := r.PostForm["line"]
	switch {
	case len(ids) == 0:
		return nil, "Please tick at least one line.", "line"
	case len(ids) > maxPicks:
		return nil, "These are more lines than a receipt has.", "line"
	}
	for _, id := range ids {
		ref := event.LineRef{Line: id}
		if !words(id) || slices.ContainsFunc(lines, func(x event.LineRef) bool { return x.Line == id }) {
			return nil, "The form was not whole. Please send it again.", "line"
		}
		if units := r.PostForm.Get("units-" + id); units != "" {
			n, err := strconv.Atoi(units)
			if err != nil || n < 1 {
				return nil, "How many? Please write a number of 1 or more.", "units-" + id
			}
			ref.Quantity = n
		}
		lines = append(lines, ref)
	}
	return lines, "", ""
}

// receiptAgain shows the receipt with what is missing in its form.
func (s site) receiptAgain(w http.ResponseWriter, found *view.Receipt, sent *disputeForm, lines []event.LineRef) {
	p := s.receiptPage(found, len(found.Versions)-1)
	if p.Form == nil {
		render(w, http.StatusConflict, silent, "message.html", messagePage{Title: "Nothing was sent", Text: "There is nothing on this receipt that can be disputed.",
			Back: "/receipts/" + found.ID, BackText: "Back to the receipt"})
		return
	}
	p.Form.Problem, p.Form.Field, p.Form.Claim, p.Form.Words = sent.Problem, sent.Field, sent.Claim, sent.Words
	for i := range p.Form.Lines {
		p.Form.Lines[i].Picked = slices.ContainsFunc(lines, func(x event.LineRef) bool { return x.Line == p.Form.Lines[i].ID })
	}
	withForm(w, http.StatusBadRequest, "receipt.html", p)
}

// disputePage says what became of a dispute, and what comes next by when.
type disputePage struct {
	Store, Title, Receipt string
	Lines                 []string
	Reason                string
	At                    moment
	Status                format.Status
	Next                  []string
}

// disputed shows one dispute to whoever holds the receipt's address.
func (s site) disputed(w http.ResponseWriter, r *http.Request) {
	found, ok, err := s.view.Receipt(r.PathValue("id"))
	if err != nil {
		unreadable(w)
		return
	}
	if ok {
		receipt := &found.Versions[len(found.Versions)-1].Receipt
		for _, d := range s.view.DisputesOf(receipt.Session) {
			if d.ID == r.PathValue("dispute") {
				render(w, http.StatusOK, silent, "dispute.html", s.disputePage(receipt, &d))
				return
			}
		}
	}
	notFound(w, r)
}

func (s site) disputePage(r *event.Receipt, d *view.Dispute) disputePage {
	zone := s.zone()
	p := disputePage{Store: r.Store, Receipt: r.ID, Reason: format.Capital(d.Reason), At: dated(d.At, zone), Lines: lineNames(r, d.Lines)}
	p.Status, p.Title, p.Next = disputeWords(r, d, s.view.Refunds(d.Session), zone)
	return p
}

// lineNames names units of lines of a receipt.
func lineNames(r *event.Receipt, refs []event.LineRef) (names []string) {
	for _, ref := range refs {
		for i := range r.Lines {
			if l := &r.Lines[i]; l.ID == ref.Line {
				n := ref.Quantity
				if n == 0 {
					n = l.Quantity
				}
				names = append(names, fmt.Sprintf("%d × %s", n, l.Title))
			}
		}
	}
	return names
}

// disputeWords tells a shopper how their dispute stands.
func disputeWords(r *event.Receipt, d *view.Dispute, refunds []view.Refund, zone *time.Location) (s format.Status, title string, next []string) {
	switch {
	case d.Decided == nil:
		return format.Status{Tone: format.Doubt, Text: "To be decided"}, "The store has your message", []string{
			"A member of staff looks at what the sensors saw and decides by " + dated(d.Until, zone).Text + ".",
			"If nobody has by then, the manager is called.",
			"You need do nothing more. The answer will be on this page and on your receipt."}
	case !d.Decided.Granted:
		return format.Status{Tone: format.Plain, Text: "Not agreed"}, "The store does not agree", []string{
			"Decided at " + dated(d.Decided.At, zone).Text + ": " + format.Capital(d.Decided.Reason) + ".",
			"If you still think that this is wrong, please ask the staff, or your card’s bank."}
	}
	back, done := money.Amount{}, true
	for i := range refunds {
		x := &refunds[i]
		if x.ID != d.ID && !strings.HasPrefix(x.ID, d.ID+".") {
			continue
		}
		if sum, err := back.Add(x.Amount); err == nil {
			back = sum
		} else {
			back = x.Amount
		}
		switch x.State {
		case event.RefundRefused:
			return format.Status{Tone: format.Bad, Text: "Agreed, not yet given back"}, "The store agrees", []string{
				"The processor would not give the money back by itself, so a person looks after it. You need do nothing more."}
		case event.RefundRefunding:
			done = false
		case event.RefundRefunded:
		}
	}
	amount := "What you paid for it"
	if back.Currency != "" {
		amount = format.Money(back)
	}
	if done {
		return format.Status{Tone: format.Good, Text: "Given back"}, "The store agrees", []string{
			amount + " went back to " + cardOf(r) + ".", "Banks may take a few days until they show it. You need do nothing more."}
	}
	return format.Status{Tone: format.Good, Text: "Being given back"}, "The store agrees", []string{
		amount + " is on its way back to " + cardOf(r) + ".", "Banks may take a few days until they show it. You need do nothing more."}
}

// disputeItems are the disputes of a receipt, for its page.
func disputeItems(r *event.Receipt, list []view.Dispute, refunds []view.Refund, zone *time.Location) (out []disputeItem) {
	for i := range list {
		d := &list[i]
		status, _, next := disputeWords(r, d, refunds, zone)
		out = append(out, disputeItem{Title: strings.Join(lineNames(r, d.Lines), ", "), Text: status.Text + ". " + next[0], Tone: status.Tone, At: dated(d.At, zone),
			Href: "/receipts/" + r.ID + "/disputes/" + d.ID})
	}
	return out
}
