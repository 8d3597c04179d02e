package view_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

func TestFollow(t *testing.T) {
	j := journal.Memory()
	v := viewtest.View(t, j)
	sub := v.Subscribe()
	defer sub.Close()
	<-sub.Changed() // the notice that it begins with
	story := viewtest.Story()
	viewtest.Append(t, j, story...)
	if err := v.Wait(context.Background(), uint64(len(story))); err != nil {
		t.Fatal(err)
	}
	<-sub.Changed() // one for all that it did not look at
	if s := v.Snapshot(); s.Seq != uint64(len(story)) || s.Store.Name != "corner" || !s.At.Equal(story[len(story)-1].At) {
		t.Errorf("%d %q %v", s.Seq, s.Store.Name, s.At)
	}
}

func TestReceipts(t *testing.T) {
	j := journal.Memory()
	viewtest.Append(t, j, viewtest.Story()...)
	v := viewtest.View(t, j)
	r, ok, err := v.Receipt(viewtest.CorrectedReceipt)
	if err != nil || !ok || len(r.Versions) != 3 || r.Number != 1 || r.Latest().Receipt.Version != 3 || len(r.Versions[0].Receipt.Pending) != 1 {
		t.Fatalf("%+v, %v, %v", r, ok, err)
	}
	for _, id := range []string{"", "nothing", viewtest.CorrectedReceipt[:25]} {
		if r, ok, err := v.Receipt(id); r != nil || ok || err != nil {
			t.Errorf("%q: %+v, %v, %v", id, r, ok, err)
		}
	}
}

// TestOldReceipts: one that is no longer kept in memory is read from the
// journal, and no more than the limit are kept.
func TestOldReceipts(t *testing.T) {
	tell := &viewtest.Teller{}
	for i := range view.KeptReceipts + 1 {
		r := event.Receipt{ID: fmt.Sprintf("r%d", i), Version: 1, Session: fmt.Sprintf("s%d", i)}
		next := r
		next.Version = 2
		tell.Tell(event.SessionOpened{Session: r.Session}, event.ReceiptIssued{Receipt: r}, event.ReceiptIssued{Receipt: next}, event.SessionClosed{Session: r.Session})
	}
	j := journal.Memory()
	viewtest.Append(t, j, tell.Records...)
	v := viewtest.View(t, j)
	for _, i := range []int{0, 1, view.KeptReceipts} {
		r, ok, err := v.Receipt(fmt.Sprintf("r%d", i))
		if err != nil || !ok || r.Number != i+1 || len(r.Versions) != 2 || r.Latest().Receipt.Session != fmt.Sprintf("s%d", i) || r.Latest().Receipt.Version != 2 {
			t.Errorf("receipt %d: %+v, %v, %v", i, r, ok, err)
		}
	}
}

// TestBrokenJournal: a record that can't be read ends the view, and everybody
// who waits hears why.
func TestBrokenJournal(t *testing.T) {
	j := journal.Memory()
	if _, err := j.Append([]journal.Draft{{At: viewtest.Start, Body: []byte(`{"input":{"kind":"from the future"}}`)}}); err != nil {
		t.Fatal(err)
	}
	v := view.New(j)
	if err := v.Run(context.Background()); err == nil || v.Err() == nil {
		t.Error("a record of another version was passed over")
	}
	if err := v.Wait(context.Background(), 1); err == nil {
		t.Error("a wait for what never comes is not told")
	}
}

func TestWaitEnds(t *testing.T) {
	v := view.New(journal.Memory())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := v.Wait(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := v.Run(ctx); err != nil {
		t.Errorf("an end that was asked for is an error: %v", err)
	}
}

// TestStalledSubscriber: one that never looks costs one notice, however much
// happens, and keeps nobody waiting: neither the journal nor who looks.
func TestStalledSubscriber(t *testing.T) {
	const rounds, perRound = 200, 50
	j := journal.Memory()
	v := viewtest.View(t, j)
	var stalled []*view.Subscription
	for range 100 {
		s := v.Subscribe()
		defer s.Close()
		stalled = append(stalled, s)
	}
	awake := v.Subscribe()
	defer awake.Close()
	tell := &viewtest.Teller{}
	for round := range rounds {
		for i := range perRound {
			id := fmt.Sprintf("s%d-%d", round, i)
			tell.Tell(event.SessionOpened{Session: id}, event.SessionClosed{Session: id})
		}
		viewtest.Append(t, j, tell.Records[round*perRound:]...)
		for v.Snapshot().Seq < uint64((round+1)*perRound) { // woken for each step
			<-awake.Changed()
		}
	}
	for _, s := range stalled {
		if n := len(s.Changed()); n != 1 || cap(s.Changed()) != 1 {
			t.Fatalf("a subscriber that never looked has %d notices of %d", n, cap(s.Changed()))
		}
		<-s.Changed() // and sees the newest when it looks at last
	}
	if s := v.Snapshot(); s.Seq != rounds*perRound {
		t.Errorf("at %d of %d", s.Seq, rounds*perRound)
	}
}
