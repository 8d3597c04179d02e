package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
)

// shownDecided and shownAlarms are how many of the newest that are over the page
// shows.
const (
	shownDecided = 10
	shownAlarms  = 20
)

// staffPage is what waits for the store's staff.
type staffPage struct {
	Store string
	Clock moment
	// Said says what came of the order that was just given, in its tone.
	Said, Tone string
	// Field is what is missing of a form that was sent.
	Field    string
	Reviews  []todo
	Disputes []todo
	Debts    []todo
	Decided  []todo
	Alarms   []alarmItem
	// Reload is where the page is without what was said.
	Reload string
}

// todo is one thing to decide.
type todo struct {
	Key, Title, Receipt string
	Session, Dispute    string
	Alarm, Movement     string
	About               string
	Until               moment
	Overdue             bool
	Status              format.Status
	Lines               []todoLine
	Texts               []string
	Token               string
	// Actor is who gave the last order, and Reason as typed in a form that was
	// not whole.
	Actor, Reason string
	Buttons       []button
	// Field is what is missing of its form.
	Field string
}

type todoLine struct {
	ID, Title, Reason string
	Until             moment
	Age               int
	Picked            bool
}

type button struct{ Order, Text, Kind string }

// alarmItem is an alarm. Todo is its form, without buttons once somebody has seen
// it and nothing is to be said.
type alarmItem struct {
	Title, Text, Code, Receipt, Seen string
	At                               moment
	Todo                             todo
}

// The orders of the page's buttons. A dispute's are one order with two answers.
const (
	buttonGrant = "grant"
	buttonDeny  = "deny"
	// What became of a movement is one order, too.
	buttonHappened = "happened"
	buttonDidNot   = "did_not"
)

// waiting counts what staff are to decide.
func (s site) waiting() int {
	n := len(s.view.Reviews()) + len(s.view.Debts())
	for _, d := range s.view.Disputes() {
		if d.Decided == nil {
			n++
		}
	}
	return n
}

// staffPage is the page as of now, for who gave the last order.
func (s site) staffPage(actor string) staffPage {
	now := s.view.Snapshot()
	zone := s.zone()
	p := staffPage{Store: now.Store.Name, Clock: clock(now.At, zone), Reload: "/staff"}
	seq := strconv.FormatUint(now.Seq, 10)
	for _, r := range s.view.Reviews() {
		p.Reviews = append(p.Reviews, s.reviewOf(&r, zone, seq))
	}
	disputes := s.view.Disputes()
	for i := range disputes {
		if d := &disputes[i]; d.Decided == nil {
			p.Disputes = append(p.Disputes, s.disputeOf(d, now.At, zone, seq))
		}
	}
	for i := len(disputes) - 1; i >= 0 && len(p.Decided) < shownDecided; i-- {
		if d := &disputes[i]; d.Decided != nil {
			p.Decided = append(p.Decided, s.disputeOf(d, now.At, zone, seq))
		}
	}
	for _, d := range s.view.Debts() {
		key := "debt-" + d.Session
		p.Debts = append(p.Debts, todo{Key: key, Title: visitName(d.Number), Receipt: d.Receipt, Session: d.Session, Token: fingerprint(key, seq),
			About: format.Money(d.Amount) + " owed since " + dated(d.At, zone).Text, Texts: []string{format.Capital(d.Reason) + "."},
			Buttons: []button{{string(event.OrderRetryDebt), "Ask for it again", ""}, {string(event.OrderWriteOff), "Write it off", "quiet"}}})
	}
	for i, a := range s.view.Alarms() {
		if i == shownAlarms {
			break
		}
		p.Alarms = append(p.Alarms, alarmOf(&a, zone, seq, actor))
	}
	for _, list := range [][]todo{p.Reviews, p.Disputes, p.Debts} {
		for i := range list {
			list[i].Actor = actor
		}
	}
	return p
}

func alarmOf(a *view.Alarm, zone *time.Location, seq, actor string) alarmItem {
	key := "alarm-" + a.ID
	item := alarmItem{Title: visitName(a.Number), Text: format.Capital(a.Message) + ".", Code: string(a.Code), Receipt: a.Receipt, At: dated(a.At, zone),
		Todo: todo{Key: key, Title: visitName(a.Number) + ", " + string(a.Code), Session: a.Session, Alarm: a.ID, Movement: a.Movement, Token: fingerprint(key, seq), Actor: actor}}
	if a.Movement != "" {
		item.Todo.Buttons = append(item.Todo.Buttons, button{buttonHappened, "It happened", ""}, button{buttonDidNot, "It did not happen", ""})
	}
	if a.Seen == nil {
		item.Todo.Buttons = append(item.Todo.Buttons, button{string(event.OrderAcknowledge), "I saw to it", "quiet"})
	} else {
		item.Seen = "Seen by " + a.Seen.Actor + ", " + dated(a.Seen.At, zone).Text + ": " + strings.TrimSuffix(a.Seen.Reason, ".") + "."
	}
	return item
}

func visitName(n int) string {
	if n == 0 {
		return "The store"
	}
	return fmt.Sprintf("Visit %d", n)
}

func (s site) reviewOf(r *view.Review, zone *time.Location, seq string) todo {
	key := "review-" + r.Session
	t := todo{Key: key, Title: visitName(r.Number), Receipt: r.Receipt, Session: r.Session, Token: fingerprint(key, seq)}
	ages := 0
	for i := range r.Pending {
		l := &r.Pending[i]
		x := todoLine{ID: l.ID, Title: format.Pending(l.Quantity, r.Titles[i]), Reason: format.Capital(l.Reason), Age: l.Age}
		if l.Until != nil {
			x.Until = minute(*l.Until, zone)
		}
		if l.Age > 0 {
			ages++
		}
		t.Lines = append(t.Lines, x)
	}
	if ages < len(t.Lines) {
		t.Buttons = append(t.Buttons, button{string(event.OrderChargePending), "Charge what is ticked", ""})
	}
	if ages > 0 {
		t.Buttons = append(t.Buttons, button{string(event.OrderRelease), "Age was seen: sell what is ticked", ""})
	}
	t.Buttons = append(t.Buttons, button{string(event.OrderDropPending), "Don’t charge what is ticked", "quiet"})
	t.About = format.Count(len(t.Lines), "line") + " in doubt"
	if ages == len(t.Lines) {
		t.About = format.Count(ages, "line") + " waiting for an age check"
	}
	return t
}

func (s site) disputeOf(d *view.Dispute, now time.Time, zone *time.Location, seq string) todo {
	key := "dispute-" + d.Session + "-" + d.ID
	t := todo{Key: key, Title: visitName(d.Number), Receipt: d.Receipt, Session: d.Session, Dispute: d.ID, Token: fingerprint(key, seq),
		About: "Said by " + d.By + ", " + dated(d.At, zone).Text, Texts: []string{"“" + d.Reason + "”"}}
	if r, ok, err := s.view.Receipt(d.Receipt); ok && err == nil {
		receipt := &r.Versions[len(r.Versions)-1].Receipt
		for _, name := range lineNames(receipt, d.Lines) {
			t.Lines = append(t.Lines, todoLine{Title: name})
		}
		t.Status, _, _ = disputeWords(receipt, d, s.view.Refunds(d.Session), zone)
	}
	if d.Decided == nil {
		t.Until, t.Overdue = dated(d.Until, zone), now.After(d.Until)
		t.Buttons = []button{{buttonGrant, "Agree: give it back", ""}, {buttonDeny, "Don’t agree", "quiet"}}
		return t
	}
	word := "Not agreed by "
	if d.Decided.Granted {
		word = "Agreed by "
	}
	t.Texts = append(t.Texts, word+d.Decided.Actor+", "+dated(d.Decided.At, zone).Text+": "+strings.TrimSuffix(d.Decided.Reason, ".")+".")
	return t
}
