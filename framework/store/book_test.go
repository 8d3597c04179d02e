package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

var morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func appendRecord(t *testing.T, j journal.Journal, in event.Input, facts ...event.Fact) {
	t.Helper()
	body, err := event.EncodeRecord(event.Record{Input: in, Facts: facts})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append([]journal.Draft{{At: morning, Body: body}}); err != nil {
		t.Fatal(err)
	}
}

func receipt(session string, version int, state event.PaymentState) event.ReceiptIssued {
	return event.ReceiptIssued{Receipt: event.Receipt{Session: session, Credential: "tok-" + session, Version: version, Payment: state,
		Total: money.New(200, "EUR"), Lines: []event.SaleLine{{GTIN: "09521234000112", Quantity: 2, Amount: money.New(200, "EUR")}}}}
}

// keptBook follows a journal to its end and closes, as a run does.
func keptBook(t *testing.T, j journal.Journal, data string, live func()) (string, Summary) {
	t.Helper()
	b, err := newBook(j, data, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.follow(ctx) }()
	if live != nil {
		live()
	}
	head, _ := j.Head()
	if err := b.wait(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	sum := b.summary()
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(data, ReceiptsFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(text), sum
}

// The receipts are those of the journal, whatever was in the file before.
func TestReceiptsAreWrittenFromTheJournal(t *testing.T) {
	j, data := journal.Memory(), t.TempDir()
	path := filepath.Join(data, ReceiptsFile)
	if err := os.WriteFile(path, []byte(`{"session":"torn`), 0o644); err != nil {
		t.Fatal(err)
	}
	captured := money.New(200, "EUR")
	appendRecord(t, j, event.Time{}, event.SessionOpened{Session: "a"}, event.SessionOpened{Session: "staff", Staff: true}, event.SessionOpened{Session: "b"})
	appendRecord(t, j, event.Time{}, receipt("a", 1, event.PaymentCapturing))
	appendRecord(t, j, event.Time{}, receipt("a", 2, event.PaymentCaptured), event.PaymentMoved{Session: "a", State: event.PaymentCaptured, Captured: &captured},
		event.SessionClosed{Session: "a"}, event.SessionClosed{Session: "staff"})
	const a = `{"session":"a","credential":"tok-a","lines":[{"gtin":"09521234000112","qty":2,"amount_minor":200}],"pending":[],"total_minor":200,"state":"captured"}` + "\n"
	text, sum := keptBook(t, j, data, func() { appendRecord(t, j, event.Time{}, receipt("b", 1, event.PaymentCapturing)) })
	b := strings.NewReplacer(`"a"`, `"b"`, "tok-a", "tok-b", "captured", "capturing").Replace(a)
	if d := cmp.Diff(a+b, text); d != "" {
		t.Errorf("receipts (-want +got):\n%s", d)
	}
	if want := (Summary{Sessions: 2, Receipts: 2, CapturedMinor: 200, Open: 1, Changes: []Change{}}); !cmp.Equal(want, sum) {
		t.Errorf("summary %s", cmp.Diff(want, sum))
	}
	// The next run writes the same receipts once, and what has become of b.
	appendRecord(t, j, event.Time{}, receipt("b", 2, event.PaymentVoided), event.PaymentMoved{Session: "b", State: event.PaymentVoided}, event.SessionClosed{Session: "b"})
	text, sum = keptBook(t, j, data, nil)
	if want := a + strings.Replace(b, "capturing", "voided", 1); text != want || sum.Open != 0 || sum.Voided != 1 || sum.Receipts != 2 {
		t.Errorf("after the next run:\n%s%+v", text, sum)
	}
	if left, _ := filepath.Glob(filepath.Join(data, "*.new")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestChanges(t *testing.T) {
	shelf := func(n string) storedef.Device {
		return storedef.Device{Address: "weight_shelf." + n, Class: storedef.ClassWeightShelf, Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf." + n + ".bay[1]"}}}
	}
	ref := func(seq uint64) event.Ref {
		return event.Ref{Device: "weight_shelf.b", Serial: observe.Serial{Epoch: 1, Seq: seq}}
	}
	// The device's clock is two hours behind the host's.
	in := event.Evidence{Device: "weight_shelf.b", Offset: -2 * time.Hour}
	seen := func(seq uint64, grams measure.Mass) event.ChangeSeen {
		return event.ChangeSeen{Bay: "weight_shelf.b.bay[1]", Change: grams * measure.Gram, Span: observe.At(morning), By: ref(seq)}
	}
	var c changes
	c.fact(event.Record{}, event.Adopted{Definition: event.Definition{Store: storedef.Store{Devices: []storedef.Device{{Address: "gate.x", Class: storedef.ClassGate}, shelf("a"), shelf("b")}}}})
	for seq, grams := range []measure.Mass{-352, 100, -7, -50} {
		c.fact(event.Record{Input: in}, seen(uint64(seq), grams))
	}
	c.fact(event.Record{}, event.Taken{Move: event.Move{GTIN: "09521234000112", Evidence: []event.Ref{{Device: "camera.x"}, ref(0)}}})
	c.fact(event.Record{}, event.Taken{Move: event.Move{GTIN: "09521234000228", Evidence: []event.Ref{ref(0)}}})
	c.fact(event.Record{}, event.ChangeExplained{By: ref(0)})
	c.fact(event.Record{}, event.Returned{Move: event.Move{GTIN: "09521234000334", Evidence: []event.Ref{ref(0)}}}) // too late
	c.fact(event.Record{}, event.Doubted{Evidence: []event.Ref{ref(1)}})
	c.fact(event.Record{}, event.Unattributed{Evidence: []event.Ref{ref(2)}})
	at := morning.Add(-2 * time.Hour).UnixMilli()
	want := []Change{{2, at, -352, "taken", "09521234000112,09521234000228"}, {2, at, 100, "doubted", ""}, {2, at, -7, "unattributed", ""}, {2, at, -50, "", ""}}
	if d := cmp.Diff(want, c.list()); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
}
