package view_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// What a line rests on is the same whether the page asks, the command does, or
// the receipt is so old that it is read from the journal again.
func TestExplain(t *testing.T) {
	records := viewtest.Money()
	e := view.NewExplainer(viewtest.WaitingReceipt)
	for _, r := range records {
		e.Apply(r)
	}
	want, ok := e.Explain()
	if !ok || want.State != view.Provisional || len(want.Lines) != 4 {
		t.Fatalf("%+v", want)
	}
	cola, doubt := want.Lines[0].Events, want.Lines[2]
	if len(cola) != 2 || cola[0].Probability != 998_100 || cola[0].RunnerUp == nil || cola[0].RunnerUp.Text != "1 × Still water 1 l taken" ||
		cola[1].RunnerUp.Text != "1 × Cola 330 ml taken by somebody else" || len(cola[0].Evidence) != 2 {
		t.Errorf("%+v", cola)
	}
	for _, x := range cola[0].Evidence {
		in, ok := records[x.Seq-1].Input.(event.Evidence)
		if !ok || in.Ref().String() != x.Ref {
			t.Errorf("record %d does not have %s", x.Seq, x.Ref)
		}
	}
	if doubt.Until == nil || doubt.Reason != "two hands were at the shelf" || doubt.Events[0].Probability != 713_000 || doubt.Events[0].RunnerUp.Probability != measure.Probability(122_000) {
		t.Errorf("%+v", doubt)
	}

	j := journal.Memory()
	viewtest.Append(t, j, records...)
	v := viewtest.View(t, j)
	same := func(when string) {
		got, ok, err := v.Explain(viewtest.WaitingReceipt)
		if !ok || err != nil || !reflect.DeepEqual(asJSON(t, got), asJSON(t, want)) {
			t.Errorf("%s: %v %v\n%s\nnot\n%s", when, ok, err, asJSON(t, got), asJSON(t, want))
		}
	}
	same("from memory")
	tell := viewtest.Continue(records)
	for i := range view.KeptReceipts {
		r := viewtest.Receipt(fmt.Sprintf("other-%d", i), fmt.Sprintf("other-%d", i), tell.At())
		r.Lines = nil
		tell.Tell(event.SessionOpened{Session: r.Session, At: tell.At()}, event.ReceiptIssued{Receipt: r}, event.SessionClosed{Session: r.Session, At: tell.At()})
	}
	viewtest.Append(t, j, tell.Records[len(records):]...)
	head, _ := j.Head()
	if err := v.Wait(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	same("from the journal")
	if _, ok, err := v.Explain("nothing"); ok || err != nil {
		t.Errorf("of no receipt: %t, %v", ok, err)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each version is provisional, final or corrected, and says what it changed.
func TestReceiptStates(t *testing.T) {
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Money()...)
	v := viewtest.View(t, j)
	r, ok, err := v.Receipt(viewtest.RefundedReceipt)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	var states []view.ReceiptState
	for i := range r.Versions {
		states = append(states, view.StateOf(r.Versions, i))
	}
	if want := []view.ReceiptState{view.Provisional, view.Provisional, view.Final, view.Corrected}; !reflect.DeepEqual(states, want) {
		t.Errorf("%v, not %v", states, want)
	}
	var kinds [][]view.ChangeKind
	for _, c := range view.ChangesOf(r.Versions, v.Title) {
		var k []view.ChangeKind
		for _, x := range c.Changes {
			k = append(k, x.Kind)
		}
		kinds = append(kinds, k)
	}
	if want := [][]view.ChangeKind{{view.ChangePayment}, {view.ChangeDropped}, {view.ChangeRefund, view.ChangeTotal}}; !reflect.DeepEqual(kinds, want) {
		t.Errorf("%v, not %v", kinds, want)
	}
	if r, _, _ := v.Receipt(viewtest.DisputedReceipt); view.StateOf(r.Versions, len(r.Versions)-1) != view.Final {
		t.Error("a dispute that is open corrects nothing")
	}
}

func TestChanges(t *testing.T) {
	base := viewtest.Receipt("s", "r", time.Unix(0, 0))
	base.Lines[0].ID, base.Lines[1].ID = "1", "2"
	base.Pending = []event.PendingLine{{ID: "p1", GTIN: viewtest.Honey, Quantity: 1}}
	base.Refunds = []event.RefundLine{{ID: "a", Amount: viewtest.Euro(10)}}
	for name, c := range map[string]struct {
		change func(*event.Receipt)
		want   []view.ChangeKind
	}{
		"nothing": {func(*event.Receipt) {}, nil},
		"charged": {func(r *event.Receipt) {
			r.Pending = nil
			r.Lines = append(r.Lines, event.SaleLine{ID: "p1", GTIN: viewtest.Honey, Quantity: 1})
			r.Total = viewtest.Euro(1489)
		}, []view.ChangeKind{view.ChangeCharged, view.ChangeTotal}},
		"fewer":     {func(r *event.Receipt) { r.Lines[0].Quantity = 1 }, []view.ChangeKind{view.ChangeLine}},
		"no more":   {func(r *event.Receipt) { r.Lines = r.Lines[1:] }, []view.ChangeKind{view.ChangeLine}},
		"new":       {func(r *event.Receipt) { r.Lines = append(r.Lines, event.SaleLine{ID: "3"}) }, []view.ChangeKind{view.ChangeLine}},
		"dropped":   {func(r *event.Receipt) { r.Dropped, r.Pending = r.Pending, nil }, []view.ChangeKind{view.ChangeDropped}},
		"undone":    {func(r *event.Receipt) { r.Refunds = nil }, []view.ChangeKind{view.ChangeRefundUndone}},
		"more back": {func(r *event.Receipt) { r.Refunds = append(r.Refunds, event.RefundLine{ID: "b"}) }, []view.ChangeKind{view.ChangeRefund}},
		"payment":   {func(r *event.Receipt) { r.Payment = event.PaymentVoided }, []view.ChangeKind{view.ChangePayment}},
	} {
		next := base
		next.Lines = append([]event.SaleLine{}, base.Lines...)
		next.Refunds = append([]event.RefundLine{}, base.Refunds...)
		c.change(&next)
		var got []view.ChangeKind
		for _, x := range view.ChangesOf([]view.Version{{Receipt: base}, {Receipt: next}}, func(g gs1.GTIN) string { return string(g) })[0].Changes {
			got = append(got, x.Kind)
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}
