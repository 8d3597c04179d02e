package view_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

func lines(s *view.Snapshot) (out []string) {
	for _, l := range s.Log {
		out = append(out, l.Text)
	}
	return out
}

// TestClosed says why nobody is let in, until somebody is again, and once.
func TestClosed(t *testing.T) {
	d := &viewtest.Teller{}
	d.Tell(event.Adopted{Definition: event.Definition{Store: viewtest.Store()}})
	lane := event.Closure{Gate: "gate.north", Device: "gate.north", Reason: "gate.north is down"}
	all := event.Closure{Device: "payment.cards", Reason: "payment.cards is down, and the store lets nobody in without it"}
	d.Tell(event.EntryChanged{Closed: []event.Closure{lane, all}})
	down := func(device string, state event.DeviceState) {
		d.Tell(event.DeviceChanged{Device: device, Epoch: 1, State: state, At: d.At()})
	}
	down("gate.north", event.StateClaiming)
	down("payment.cards", event.StateClaiming)
	if got := strings.Join(lines(fold(d.Records...)), "\n"); strings.Contains(got, "Nobody") {
		t.Errorf("an ordinary start says %q", got)
	}
	down("gate.north", event.StateFailed)
	down("payment.cards", event.StateOffline)
	down("gate.north", event.StateClaiming) // it is tried again, and nothing new is said
	down("gate.north", event.StateFailed)
	next := d.At().Add(time.Minute)
	d.Tell(event.EntryChanged{Closed: []event.Closure{lane, all}, Next: &next})
	s := fold(d.Records...)
	if !slices.Equal(s.Closed, []event.Closure{lane, all}) || s.Changed.Devices != 9 {
		t.Errorf("closed %v, changed %d", s.Closed, s.Changed.Devices)
	}
	const want = "Nobody is let in at gate.north: gate.north is down; Nobody is let in: payment.cards is down, and the store lets nobody in without it"
	if got := lines(s); !slices.Contains(got, want) || strings.Count(strings.Join(got, "\n"), "Nobody") != 3 {
		t.Errorf("log %q", got)
	}
	d.Tell(event.EntryChanged{Closed: []event.Closure{}})
	if s = fold(d.Records...); len(s.Closed) != 0 || s.Log[len(s.Log)-1].Text != "The entry is open" {
		t.Errorf("closed %v, log %q", s.Closed, lines(s))
	}
}

// TestAway takes the devices of a host that is gone for down, and says of what
// they saw that it is not known, nor how much of it there was.
func TestAway(t *testing.T) {
	d := &viewtest.Teller{}
	d.Tell(event.Adopted{Definition: event.Definition{Store: viewtest.Store()}},
		event.DeviceChanged{Device: "gate.north", Epoch: 1, State: event.StateReady, Power: event.PowerOnline, At: viewtest.Start},
		event.DeviceChanged{Device: "gate.south", Epoch: 1, State: event.StateFailed, Cause: "crashed", At: viewtest.Start})
	d.Later(time.Minute)
	away := d.At()
	d.Tell(event.HostAway{From: away, Until: away.Add(90 * time.Second)})
	after := 9648 * measure.Gram
	d.Tell(event.Outage{Device: "gate.north", From: observe.Serial{Epoch: 1}, To: observe.Serial{Epoch: 2, Seq: 1}, Cause: "the host was away"},
		event.Outage{Device: "gate.north", From: observe.Serial{Epoch: 1, Seq: 9}, To: observe.Serial{Epoch: 2}, Cause: "the plugin ended", Levels: []event.LevelGap{
			{Bay: "a", Before: 10 * measure.Kilogram, After: &after}, {Bay: "b", Before: after, After: &after}, {Bay: "c", Before: after}}},
		event.Lost{Device: "gate.north", Gap: event.Gap{Lost: 40, Cause: "the spool was full"}})
	s := fold(d.Records...)
	for _, x := range s.Devices {
		switch x.Address {
		case "gate.north":
			if x.State != event.StateOffline || x.Cause != "the host was away" || !x.Since.Equal(away) || x.Power != "" || x.Lost != 40 || x.Gaps != 3 || x.Unknown != 2 {
				t.Errorf("%+v", x)
			}
		case "gate.south":
			if x.State != event.StateFailed || x.Cause != "crashed" {
				t.Errorf("%+v", x)
			}
		}
	}
	want := []string{
		"No host ran for 1m30s: what devices saw meanwhile is not known",
		"What gate.north saw between the start of opening 1 and report 1 of opening 2 is not known, nor how many reports are lost: the host was away",
		"What gate.north saw between report 9 of opening 1 and the start of opening 2 is not known, nor how many reports are lost: the plugin ended; a went from 10 kg to 9.648 kg; c held 9.648 kg and has not said what it holds now",
		"40 reports of gate.north never arrived (the spool was full)",
	}
	if got := lines(s); !slices.Equal(got[len(got)-4:], want) {
		t.Errorf("log\n%s", strings.Join(got, "\n"))
	}
}

// TestOffline follows a visit without a hold to what the store bears.
func TestOffline(t *testing.T) {
	d := started()
	eur := money.New(500, "EUR")
	d.Tell(event.PaymentMoved{Session: "s1", State: event.PaymentOffline, Due: &eur, At: d.At()},
		event.PaymentMoved{Session: "s1", State: event.PaymentFailed, Reason: "no funds", At: d.At()},
		event.DebtNoted{Session: "s1", Token: "t", Amount: eur, Reason: "no funds", At: d.At()})
	got := lines(fold(d.Records...))
	want := []string{"Visit 1: no hold: the store bears up to 5.00 EUR", "Visit 1: the processor refused to charge; the store bears it: no funds",
		"Visit 1: not paid: 5.00 EUR. The store bears it: no funds"}
	if !slices.Equal(got[len(got)-3:], want) {
		t.Errorf("log\n%s", strings.Join(got, "\n"))
	}
}
