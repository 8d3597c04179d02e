package replay

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/tools/aisle/internal/madeup"
)

func day(t *testing.T) []event.Record {
	t.Helper()
	records, err := madeup.Day(3, 9)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func play(t *testing.T, records []event.Record, step stepper) Result {
	t.Helper()
	r, err := run(func(yield func(event.Record, []byte) error) error {
		for _, r := range records {
			body, err := event.EncodeRecord(r)
			if err != nil {
				return err
			}
			read, err := event.DecodeRecord(body) // what a journal hands out
			if err != nil {
				return err
			}
			read.Seq, read.At = r.Seq, r.At
			if err := yield(read, body); err != nil {
				return err
			}
		}
		return nil
	}, step)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSameCode(t *testing.T) {
	records := day(t)
	r := play(t, records, core.Step)
	if len(r.Differences) != 0 || r.Drifted != 0 || len(r.Panics) != 0 {
		t.Errorf("%+v", r)
	}
	if r.Records != uint64(len(records)) || r.Sessions != 9 {
		t.Errorf("%d records and %d sessions of %d and 9", r.Records, r.Sessions, len(records))
	}
}

// captured finds the record at which a visit's money was taken, and its session.
func captured(t *testing.T, records []event.Record) (int, string) {
	t.Helper()
	i := slices.IndexFunc(records, func(r event.Record) bool {
		return slices.ContainsFunc(r.Facts, func(f event.Fact) bool {
			m, ok := f.(event.PaymentMoved)
			return ok && m.State == event.PaymentCaptured
		})
	})
	if i < 0 {
		t.Fatal("nothing was captured")
	}
	return i, records[i].Input.(event.Answer).ID[:strings.Index(records[i].Input.(event.Answer).ID, "/")]
}

// A journal that says that more was charged than today's code would charge.
func TestChargedDifferently(t *testing.T) {
	records := day(t)
	i, session := captured(t, records)
	facts := slices.Clone(records[i].Facts)
	for k, f := range facts {
		if m, ok := f.(event.PaymentMoved); ok {
			more := money.New(m.Captured.Minor+1, m.Captured.Currency)
			m.Captured = &more
			facts[k] = m
		}
	}
	records[i].Facts = facts
	r := play(t, records, core.Step)
	if len(r.Differences) != 1 || r.Drifted != 1 {
		t.Fatalf("%+v", r)
	}
	d := r.Differences[0]
	if d.Session != session || d.Seq != records[i].Seq || d.Charged.Captured.Minor != d.Would.Captured.Minor+1 || !slices.Contains(d.Was, "payment_moved") {
		t.Errorf("%+v", d)
	}
}

// A recorded answer for another amount belongs to an ask that today's code
// words differently: it is taken as done as asked.
func TestAskChanged(t *testing.T) {
	records := day(t)
	i, session := captured(t, records)
	a := records[i].Input.(event.Answer)
	less := money.New(a.Amount.Minor-50, a.Amount.Currency)
	a.Amount = &less
	records[i].Input = a
	for k, f := range records[i].Facts {
		if m, ok := f.(event.PaymentMoved); ok {
			m.Captured = &less
			records[i].Facts[k] = m
		}
	}
	r := play(t, records, core.Step)
	if len(r.Differences) != 1 || r.Differences[0].Session != session || r.Differences[0].Would.Captured.Minor != less.Minor+50 {
		t.Errorf("%+v", r.Differences)
	}
}

// An ask that the journal never made is answered as done at once, so that the
// visit comes to its end.
func TestAskNeverMade(t *testing.T) {
	records := day(t)
	i, session := captured(t, records)
	id := records[i].Input.(event.Answer).ID
	records[i] = event.Record{Seq: records[i].Seq, At: records[i].At, Input: event.Time{}}
	for k := range records {
		records[k].Facts = slices.DeleteFunc(slices.Clone(records[k].Facts), func(f event.Fact) bool { a, ok := f.(event.Asked); return ok && a.Ask.ID == id })
	}
	r := play(t, records, core.Step)
	if len(r.Differences) != 1 || r.Differences[0].Session != session || r.Differences[0].Charged.Captured.Minor != 0 || r.Differences[0].Would.Captured.Minor == 0 {
		t.Errorf("%+v", r.Differences)
	}
}

// An answer that was recorded before today's code asks still answers.
func TestAnswerBeforeAsk(t *testing.T) {
	records := day(t)
	i, _ := captured(t, records)
	for i > 0 && slices.IndexFunc(records[i-1].Facts, func(f event.Fact) bool {
		a, ok := f.(event.Asked)
		return ok && a.Ask.ID == records[i].Input.(event.Answer).ID
	}) < 0 {
		i--
	}
	records[i-1].Input, records[i].Input = records[i].Input, records[i-1].Input
	r := play(t, records, core.Step)
	if len(r.Differences) != 0 || r.Drifted == 0 {
		t.Errorf("%+v", r)
	}
}

// What today's code can't bear costs one input: the state is that of before.
func TestPanic(t *testing.T) {
	records := day(t)
	const bad = 100
	n := 0
	r := play(t, records, func(s *core.State, at time.Time, in event.Input) []event.Fact {
		facts := core.Step(s, at, in)
		if n++; n == bad {
			panic("planted")
		}
		return facts
	})
	if len(r.Panics) != 1 || r.Panics[0].Seq != bad || r.Panics[0].Text != "planted" || r.Drifted == 0 {
		t.Errorf("%+v", r)
	}
	if n := len(r.Differences); n < 1 || n > 4 { // none would mean that the state kept what the panic interrupted
		t.Errorf("one input lost changed %d visits", n)
	}
}
