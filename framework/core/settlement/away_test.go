package settlement

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// TestClockBack has a machine's clock an hour ahead as the host comes back, and right
// as it comes back once more before anything else happened: what must pass until
// absence proves something counts from the time that it is.
func TestClockBack(t *testing.T) {
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	s := New()
	s.Apply(event.SessionOpened{Session: "s1", Token: "t", At: at})
	s.Apply(event.PaymentMoved{Session: "s1", State: event.PaymentAuthorizing, Key: "k", Doubtful: true, At: at})
	h := &s.Payments["s1"].Holds[0]
	h.Sent, h.Told, h.Loose = at, at, at
	s.Apply(event.HostAway{From: at, Until: at.Add(time.Hour)})
	s.Apply(event.HostAway{From: at, Until: at})
	caps := storedef.DefaultProcessing()
	if got, want := h.provable(caps), at.Add(underWay+caps.SettlingDelay); !got.Equal(want) {
		t.Errorf("absence proves something from %s on, want %s", got, want)
	}
	if !h.Loose.Equal(at) {
		t.Errorf("a request is under way since %s, want %s", h.Loose, at)
	}
}
