package view_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
)

// points opens the checkpoints of a journal.
func points(t *testing.T, path string, j journal.Reader) *checkpoint.File {
	t.Helper()
	f, discarded, err := checkpoint.Open(path, j)
	if err != nil || discarded != nil {
		t.Fatal(err, discarded)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// goOn starts a view from its checkpoint, reads up to the head and gives what it
// was warned of. See may look at it before it ends, which keeps it.
func goOn(t *testing.T, j journal.Reader, f *checkpoint.File, see func(*view.View)) (warned []error, began uint64) {
	t.Helper()
	v := view.NewKept(j, f.Reader("view"), func(err error) { warned = append(warned, err) })
	began = v.Snapshot().Seq
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.Run(ctx) }()
	head, _ := j.Head()
	if err := v.Wait(context.Background(), head); err != nil {
		t.Fatal(err)
	}
	see(v)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return warned, began
}

// whole is all that a view tells of sessions, receipts and orders.
func whole(t *testing.T, v *view.View, records []event.Record) map[string]any {
	t.Helper()
	out := map[string]any{
		"snapshot": v.Snapshot(), "disputes": v.Disputes(), "alarms": v.Alarms(), "refusals": v.Refusals(), "debts": v.Debts(), "refunds": v.AllRefunds(), "reviews": v.Reviews(),
	}
	for _, r := range records {
		if o, ok := r.Input.(event.StaffOrder); ok {
			res, ok := v.Result(o.ID)
			out["result "+o.ID] = []any{res, ok}
		}
		for _, f := range r.Facts {
			switch f := f.(type) {
			case event.SessionOpened:
				out["known "+f.Session], out["of "+f.Session] = v.Known(f.Session), []any{v.DisputesOf(f.Session), v.Refunds(f.Session)}
			case event.ReceiptIssued:
				id := f.Receipt.ID
				receipt, ok, err := v.Receipt(id)
				if !ok || err != nil {
					t.Fatalf("receipt %s: %v, %v", id, ok, err)
				}
				why, ok, err := v.Explain(id)
				if !ok || err != nil {
					t.Fatalf("why receipt %s: %v, %v", id, ok, err)
				}
				session, _ := v.SessionOf(id)
				out["receipt "+id] = []any{receipt, why, session}
			default: // names nothing to ask for
			}
		}
	}
	return out
}

// equal holds what two views tell against each other, with what is not in JSON.
func equal(t *testing.T, cut uint64, got, want map[string]any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("at record %d it is not what the journal folds to (-want +got):\n%s", cut, d)
	}
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := json.Marshal(want); err != nil || string(w) != string(g) {
		t.Fatalf("at record %d pages get something else: %v\n got %s\nwant %s", cut, err, g, w)
	}
}

// both is the morning, and after it what comes after sales.
func both() []event.Record {
	tell := viewtest.Continue(viewtest.Story())
	tell.Tell(event.EntryChanged{Closed: []event.Closure{{Gate: "gate.north", Reason: "gate.north is down"}}})
	all := tell.Records
	at := all[len(all)-1].At
	for _, r := range viewtest.Money()[1:] {
		r.Seq, r.At = uint64(len(all)+1), r.At.Add(at.Sub(viewtest.Start))
		all = append(all, r)
	}
	return all
}

// TestKeptIsTheFold: at every record a view that was ended there and goes on from
// its checkpoint tells all that one does that reads the journal from the start; so
// does one that went on many times, at each record once.
func TestKeptIsTheFold(t *testing.T) {
	records := both()
	j := journal.Memory()
	f := points(t, filepath.Join(t.TempDir(), "checkpoints.db"), j)
	for i, r := range records {
		viewtest.Append(t, j, r)
		if i%3 != 0 && i != len(records)-1 && !keyed(r) {
			continue // a disk is slow
		}
		cut := uint64(i + 1)
		fresh := view.New(j)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- fresh.Run(ctx) }()
		if err := fresh.Wait(context.Background(), cut); err != nil {
			t.Fatal(err)
		}
		warned, began := goOn(t, j, f, func(v *view.View) { equal(t, cut, whole(t, v, records[:cut]), whole(t, fresh, records[:cut])) })
		if len(warned) > 0 || i > 0 && began == 0 {
			t.Fatalf("at record %d it began at %d: %v", cut, began, warned)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		same(t, f.Reader("view"), records[:cut])
	}
}

// same holds what is kept against a model that read all of the records, and against
// one that read other ones.
func same(t *testing.T, point *checkpoint.Reader, records []event.Record) {
	t.Helper()
	seq, body, err := point.Load()
	if err != nil || seq != uint64(len(records)) {
		t.Fatalf("kept at record %d of %d: %v", seq, len(records), err)
	}
	m, other := view.NewModel(), view.NewModel()
	for _, r := range records {
		m.Apply(r)
		if r.At = r.At.Add(time.Second); r.Seq == seq {
			r.Facts = append(slices.Clone(r.Facts), event.EntryRefused{})
		}
		other.Apply(r)
	}
	if err := m.Same(body, point.Get); err != nil {
		t.Fatalf("at record %d: %v", seq, err)
	}
	if err := m.Same(body, func(string) ([]byte, error) { return nil, nil }); err == nil && seq > 20 {
		t.Fatalf("at record %d: visits that are not kept are not missed", seq)
	}
	if err := other.Same(body, point.Get); err == nil {
		t.Fatalf("at record %d: what other records fold to passes", seq)
	}
}

// keyed is a record of a receipt: what is kept by key changes there.
func keyed(r event.Record) bool {
	return slices.ContainsFunc(r.Facts, func(f event.Fact) bool { _, ok := f.(event.ReceiptIssued); return ok })
}

// TestKeptThrownAway: what is damaged, of another version or of another journal is
// not gone on with, and the view is right all the same.
func TestKeptThrownAway(t *testing.T) {
	records := both()
	for name, spoil := range map[string]func(t *testing.T, f *checkpoint.File){
		"another version": func(t *testing.T, f *checkpoint.File) {
			t.Helper()
			r := f.Reader("view")
			seq, body, err := r.Load()
			if err != nil {
				t.Fatal(err)
			}
			var m map[string]any
			if err := json.Unmarshal(body, &m); err != nil {
				t.Fatal(err)
			}
			m["shape"] = "another"
			if body, err = json.Marshal(m); err != nil {
				t.Fatal(err)
			}
			if err := r.Save(seq, body, nil); err != nil {
				t.Fatal(err)
			}
		},
		"unreadable": func(t *testing.T, f *checkpoint.File) {
			t.Helper()
			if err := f.Reader("view").Save(3, []byte("{"), nil); err != nil {
				t.Fatal(err)
			}
		},
		"of another record": func(t *testing.T, f *checkpoint.File) {
			t.Helper()
			r := f.Reader("view")
			_, body, err := r.Load()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Save(5, body, nil); err != nil {
				t.Fatal(err)
			}
		},
		"a visit that can't be read": func(t *testing.T, f *checkpoint.File) {
			t.Helper()
			r := f.Reader("view")
			seq, body, err := r.Load()
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Save(seq, body, []checkpoint.Value{{Keys: []string{"receipt " + viewtest.CorrectedReceipt}, Body: []byte("[]")}}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			j := journal.Memory()
			f := points(t, filepath.Join(t.TempDir(), "checkpoints.db"), j)
			viewtest.Append(t, j, records...)
			goOn(t, j, f, func(*view.View) {})
			spoil(t, f)
			// A version more of a receipt that is kept by key.
			tell := viewtest.Continue(records)
			tell.Later(time.Minute)
			tell.Tell(event.ReceiptIssued{Receipt: event.Receipt{ID: viewtest.CorrectedReceipt, Version: 4, Session: "sess-a", Total: viewtest.Euro(1)}})
			viewtest.Append(t, j, tell.Records[len(records):]...)
			fresh := viewtest.View(t, j)
			warned, _ := goOn(t, j, f, func(v *view.View) {
				head, _ := j.Head()
				equal(t, head, whole(t, v, tell.Records), whole(t, fresh, tell.Records))
			})
			if len(warned) != 1 {
				t.Errorf("warned of %v", errors.Join(warned...))
			}
			if warned, began := goOn(t, j, f, func(*view.View) {}); len(warned) > 0 || began != uint64(len(tell.Records)) {
				t.Errorf("the next start: began at %d, %v", began, warned)
			}
		})
	}
}
