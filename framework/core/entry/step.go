package entry

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// Step decides what the input means for who is in the store.
func (s *State) Step(t *turn.Turn) {
	switch in := t.Input.(type) {
	case event.Evidence:
		s.evidence(t, in)
	case event.DeviceStatus:
		s.deviceStatus(t, in)
	case event.Answer:
		s.answer(t)
	case event.StaffOrder:
		s.order(t, in)
	case event.Resumed:
		t.Emit(event.HostAway{From: t.At, Until: in.Until})
	case event.Definition, event.Notice, event.Time:
	}
	s.bindEntries(t)
	s.settleExits(t)
	s.dropStale(t)
	s.expire(t)
	s.expireEnrolments(t)
	s.retryErasures(t)
}

func (s *State) evidence(t *turn.Turn, e event.Evidence) {
	switch o := e.Observed.(type) {
	case observe.Credential:
		s.credential(t, e, o)
	case observe.Passage:
		s.passage(t, e, o)
	case observe.Presence:
		f := event.TrackSeen{Camera: e.Device, Track: o.Track, Zone: o.Zone, Phase: o.Phase, Span: e.Span(), Confidence: o.Confidence, By: e.Ref()}
		s.entered(t, f)
		t.Emit(f)
		s.doubted(t, f.Track)
	case observe.Interaction:
		s.reach(t, e, o)
	case observe.Weight, observe.Tag, observe.Door, observe.Scan, nil:
	}
}

func (s *State) deviceStatus(t *turn.Turn, in event.DeviceStatus) {
	now := s.Device[in.Device]
	if now.Epoch == in.Epoch && now.State == in.State && now.Cause == in.Cause && now.Power == in.Power {
		t.Emit(event.Ignored{What: in.Device, Reason: "its state is the same"})
		return
	}
	if in.Epoch < now.Epoch {
		t.Emit(event.Ignored{What: in.Device, Reason: "the status speaks of an earlier opening"})
		return
	}
	t.Emit(event.DeviceChanged{Device: in.Device, Epoch: in.Epoch, State: in.State, Cause: in.Cause, Power: in.Power,
		Same: now.Epoch == in.Epoch && now.State == in.State, At: t.At})
}

func (s *State) order(t *turn.Turn, in event.StaffOrder) {
	switch in.Order {
	case event.OrderEnd:
		s.end(t, in)
	case event.OrderEnrol:
		s.enrol(t, in)
	case event.OrderCancelEnrolment:
		s.cancelEnrolment(t, in)
	case event.OrderForget:
		s.forgetPairings(t, in)
	case event.OrderDropPending, event.OrderChargePending, event.OrderRelease, event.OrderRefund, event.OrderDispute, event.OrderDecideDispute,
		event.OrderWriteOff, event.OrderRetryDebt, event.OrderResolve, event.OrderAcknowledge, event.OrderCloseDay: // of other stages
	}
}

// end ends a visit whose shopper is known to have left.
func (s *State) end(t *turn.Turn, in event.StaffOrder) {
	v := s.Sessions[in.Session]
	if v == nil || v.Stage == Ended {
		t.Emit(event.Ignored{What: in.Session, Reason: "no such visit is going on"})
		return
	}
	t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedByStaff, At: t.At})
}

// expire ends what has lasted too long.
func (s *State) expire(t *turn.Turn) {
	due := s.lists.due.By(t.At, len(s.Live))
	slices.SortFunc(due, func(a, b string) int { return s.Sessions[a].Number - s.Sessions[b].Number })
	for _, id := range due {
		v := s.Sessions[id]
		switch v.Stage {
		case Requested:
			if !t.At.Before(v.Opened.Add(t.Store.Store.Entry.AdmitWithin)) {
				s.turnAway(t, v, event.RefuseNoAnswer, "")
			}
		case Admitting, Inside:
			if !v.WaitsSince.IsZero() && !t.At.Before(v.WaitsSince.Add(t.Store.Store.Entry.AdmitWithin)) {
				refuse(t, event.RefuseNoAnswer, event.EntryRefused{Session: id, Token: v.Token, Reader: v.Reader})
			}
			s.expireAdmissions(t, v)
			s.expireStay(t, v)
		case Ended:
		}
	}
}

func (s *State) expireAdmissions(t *turn.Turn, v *Session) {
	for i := range v.Admissions {
		if a := v.Admissions[i]; !a.Closed && !t.At.Before(a.Expires.Add(bindWithin)) {
			t.Emit(event.AdmissionClosed{Session: v.ID, Admission: a.ID, Reason: "its time is over", At: t.At})
		}
	}
	if v.Stage == Admitting && !v.admitting() {
		t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedAbandoned, At: t.At})
	}
}

func (s *State) expireStay(t *turn.Turn, v *Session) {
	if v.Stage != Inside {
		return
	}
	if v.In() <= 0 && !v.admitting() {
		t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedLeft, At: t.At})
		return
	}
	if !t.At.Before(v.Opened.Add(t.Store.Store.Entry.MaxStay)) {
		t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedUnseen, At: t.At})
	}
}

// admitting reports whether more bodies may come in.
func (v *Session) admitting() bool {
	for i := range v.Admissions {
		if !v.Admissions[i].Closed && v.Admissions[i].In < v.Admissions[i].Bodies {
			return true
		}
	}
	return v.Waiting > 0
}

// Wake is when time alone would next matter to this stage.
func (s *State) Wake(t *turn.Turn) turn.Wake {
	var w turn.Wake
	if at, ok := s.lists.due.Next(); ok {
		w.Add(at)
	}
	if s.Recheck != nil {
		w.Add(*s.Recheck)
	}
	for _, x := range s.Exits {
		w.Add(x.Span.Settled.Add(exitWait))
	}
	for _, o := range s.Opened {
		if s.owes(o) {
			w.Add(o.At.Add(restateWithin))
		}
	}
	s.wakeEnrolments(&w)
	return w
}
