package store

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/sdk/money"
)

// rewritten is a journal in which every record was changed by f, as if other
// code had written it.
func rewritten(t *testing.T, from string, f func(*event.Record)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), JournalFile)
	j, err := journal.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = records(t.Context(), from, 1, func(r event.Record) error {
		f(&r)
		body, err := event.EncodeRecord(r)
		if err != nil {
			return err
		}
		_, err = j.Append([]journal.Draft{{At: r.At, Body: body}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// replays checks what a replay says of journals that today's code would not
// have written so.
func replays(t *testing.T, data string) {
	t.Run("another receipt", func(t *testing.T) {
		session := ""
		path := rewritten(t, data, func(r *event.Record) {
			for i, f := range r.Facts {
				if f, ok := f.(event.ReceiptIssued); ok && session == "" && len(f.Receipt.Lines) > 0 {
					session = f.Receipt.Session
					f.Receipt.Lines[0].Quantity++
					r.Facts[i] = f
				}
			}
		})
		rep, err := Replay(t.Context(), path)
		if err != nil || len(rep.Differences) != 1 || rep.Differences[0].Session != session || rep.Differences[0].What != "lines" || rep.Differences[0].Version != 1 {
			t.Errorf("%+v, %v", rep, err)
		}
	})
	t.Run("another price", func(t *testing.T) {
		path := rewritten(t, data, func(r *event.Record) {
			if d, ok := r.Input.(event.Definition); ok {
				for i := range d.Store.Products {
					p := &d.Store.Products[i]
					p.Price = money.New(p.Price.Minor+1, p.Price.Currency)
				}
				r.Input = d
			}
		})
		rep, err := Replay(t.Context(), path)
		if err != nil || len(rep.Differences) == 0 {
			t.Fatalf("%+v, %v", rep, err)
		}
		for _, d := range rep.Differences {
			if d.What != "lines" || d.Recorded == d.Today || d.Seq == 0 || d.At.IsZero() {
				t.Errorf("%+v", d)
			}
		}
		if rep.New != 0 || rep.Skipped != 0 {
			t.Errorf("captures of other amounts are the same asks: %+v", rep)
		}
	})
	t.Run("asks that are no more", func(t *testing.T) {
		path := rewritten(t, data, func(r *event.Record) {
			rename := func(id string) string { return strings.Replace(id, "/capture/", "/seize/", 1) }
			if a, ok := r.Input.(event.Answer); ok {
				a.ID = rename(a.ID)
				r.Input = a
			}
			for i, f := range r.Facts {
				switch f := f.(type) { //nolint:gochecksumtype // two of them carry an ask's name
				case event.Asked:
					f.Ask.ID = rename(f.Ask.ID)
					r.Facts[i] = f
				case event.Answered:
					f.Answer.ID = rename(f.Answer.ID)
					r.Facts[i] = f
				}
			}
		})
		rep, err := Replay(t.Context(), path)
		if err != nil || rep.New == 0 || rep.Skipped != rep.New || len(rep.Differences) != 0 {
			t.Errorf("%+v, %v", rep, err)
		}
	})
}

func TestUnlike(t *testing.T) {
	eur := func(n int64) money.Amount { return money.New(n, "EUR") }
	base := event.Receipt{Lines: []event.SaleLine{{GTIN: "1", Quantity: 2, Amount: eur(20)}}, Total: eur(20), Payment: event.PaymentCaptured}
	for name, c := range map[string]struct {
		change func(*event.Receipt)
		want   string
	}{
		"nothing":  {func(*event.Receipt) {}, ""},
		"why":      {func(r *event.Receipt) { r.Lines[0].Why = []event.Why{{Text: "x"}} }, ""},
		"quantity": {func(r *event.Receipt) { r.Lines[0].Quantity = 3 }, "lines"},
		"amount":   {func(r *event.Receipt) { r.Lines[0].Amount = eur(21) }, "lines"},
		"one more": {func(r *event.Receipt) { r.Lines = append(r.Lines, event.SaleLine{}) }, "lines"},
		"total":    {func(r *event.Receipt) { r.Total = eur(21) }, "total"},
		"payment":  {func(r *event.Receipt) { r.Payment = event.PaymentVoided }, "payment"},
	} {
		other := base
		other.Lines = append([]event.SaleLine{}, base.Lines...)
		c.change(&other)
		if got := unlike(base, other); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	one := []issued{{base, 7, time.Unix(1, 0)}}
	if d, ok := differ(one, nil); !ok || d.What != "missing" || d.Seq != 7 {
		t.Errorf("%+v", d)
	}
	if d, ok := differ(nil, one); !ok || d.What != "new" || d.Today == "" {
		t.Errorf("%+v", d)
	}
}

// records calls f with every record of a journal from a sequence number on.
// Path is the journal's or its data folder's.
func records(ctx context.Context, path string, from uint64, f func(event.Record) error) (err error) {
	j, err := openJournal(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	return engine.Each(j, max(from, 1), func(r event.Record) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return f(r)
	})
}
