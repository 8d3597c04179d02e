package settlement

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

func (s *State) applyAlarmed(f event.Alarmed) {
	s.called(f)
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	if !slices.Contains(p.Alarms, f.Code) {
		p.Alarms = append(p.Alarms, f.Code)
	}
	for _, h := range p.movements() {
		if f.Movement != "" && h.Resolved != nil && (h.Key == f.Movement || h.pending() == f.Movement) {
			said := *h.Resolved
			said.Called = true
			h.Resolved = &said
		}
	}
	if f.Code != event.AlarmHoldExpiring {
		return
	}
	for i := range p.Holds {
		if h := &p.Holds[i]; !h.Expires.IsZero() && !f.At.Before(h.deadline()) {
			h.Warned = true
		}
	}
}

func (s *State) applyNoticed(f event.Noticed) {
	name := noticeName(f.Device, f.ID)
	s.Notices = append(s.Notices, SeenNotice{ID: name, At: f.At, Reference: f.Reference, Key: f.Key})
	s.notes(&s.Notices[len(s.Notices)-1])
	old := 0
	for old < len(s.Notices) && f.At.Sub(s.Notices[old].At) > keepNotices {
		n := &s.Notices[old]
		delete(s.noticed, n.ID)
		delete(s.undone, n.Reference)
		delete(s.undone, n.Key)
		old++
	}
	s.Notices = s.Notices[old:]
	p := s.payment(f.Session)
	if p == nil {
		return
	}
	if f.Hold > 0 {
		s.applyElsewhere(p, f)
	}
	switch f.Kind { // whichever it is of: to look up once more does no harm
	case event.NoticeCaptureFailed:
		for i := range p.Holds {
			if h := &p.Holds[i]; h.capturing() {
				h.Contested = cmp.Or(h.Out, "-")
			}
		}
	case event.NoticeRefundFailed:
		for i := range p.Refunds {
			if r := &p.Refunds[i]; r.giving() {
				r.Moved.Contested = cmp.Or(r.Moved.Out, "-")
			}
		}
	case event.NoticeCaptured: // perhaps by another host, just now: it may not be found yet
		for i := range p.Holds {
			if h := &p.Holds[i]; h.capturing() || h.State.Final() {
				h.toldBy(f.At)
			}
		}
	case event.NoticeRefunded:
		for i := range p.Refunds {
			p.Refunds[i].Moved.toldBy(f.At)
		}
	case event.NoticeVoided, event.NoticeHoldExpired, event.NoticeChargeback:
	}
}

// capturing reports whether what becomes of a capture is yet to be found out.
func (h *Hold) capturing() bool {
	return h.Check == event.OpCapture || h.Check == "" && h.State == event.PaymentCapturing
}

// toldBy has the processor's settling delay count from a time on.
func (h *Hold) toldBy(at time.Time) {
	if h.Told.Before(at) {
		h.Told = at
	}
}
