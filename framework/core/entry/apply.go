package entry

import (
	"maps"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/observe"
)

// Apply folds a fact. Facts of other stages are passed over.
func (s *State) Apply(f event.Fact) {
	known := s.lists.doubt()
	switch f := f.(type) {
	case event.Adopted:
		s.Adopted = true
		s.ruled(f.Definition.Store.Entry)
	case event.DeviceChanged:
		s.applyDevice(f)
	case event.HostAway:
		s.applyAway(f)
	case event.EntryChanged:
		s.Closed, s.Recheck = f.Closed, f.Next
	case event.SessionOpened:
		if f.Offline != nil {
			s.Risked[f.Session] = Risk{Token: f.Token, Amount: *f.Offline}
		}
		s.Openings++
		v := &Session{ID: f.Session, Number: s.Openings, Token: f.Token, Method: f.Method, Reader: f.Reader, Gate: f.Gate,
			Staff: f.Staff, House: f.House, Stage: Requested, Opened: f.At, Waiting: f.Bodies}
		v.Funding, _ = observe.AttributeOf(f.Attributes, observe.AttributeFunding)
		s.reserve(f)
		s.Sessions[f.Session] = v
		s.Live = append(s.Live, f.Session)
		s.listOpened(v)
		s.list(f.Session)
	case event.AdmissionGiven:
		v := s.Sessions[f.Session]
		v.Admissions = append(v.Admissions, Admission{ID: f.Admission, Gate: f.Gate, Bodies: f.Bodies, Expires: f.Expires})
		v.WaitsSince = time.Time{}
		if v.Waiting = 0; v.Stage == Requested {
			v.Stage = Admitting
		}
		s.list(f.Session)
	case event.AdmissionClosed:
		if a := s.Sessions[f.Session].admission(f.Admission); a != nil {
			a.Closed = true
		}
		s.list(f.Session)
	case event.BodyEntered:
		s.applyEntered(f)
		s.list(f.Session)
	case event.ExitSeen:
		s.Exits = append(s.Exits, f)
	case event.BodyLeft:
		s.applyLeft(f)
		s.list(f.Session)
	case event.BodyUnknown:
		s.dropExit(f.By)
	case event.TrackSeen:
		s.applyTrack(f)
	case event.Lost:
		s.missed(f)
	case event.TrackBound:
		s.applyBound(f)
		s.list(f.Session)
	case event.TrackUnbound:
		s.applyUnbound(f)
	case event.SessionEnded:
		v := s.Sessions[f.Session]
		if v.Stage != Ended {
			s.Endings++
			v.EndNumber = s.Endings
			s.listEnded(v)
		}
		v.Stage, v.Ending, v.EndedAt = Ended, f.Ending, f.At
		s.list(f.Session)
	case event.SessionClosed:
		s.unreserve(f.Session)
		s.applyClosed(f.Session)
	default: // facts of other stages
		s.applyMoney(f, known)
	}
}

// applyMoney folds what money has to say of who may come in.
func (s *State) applyMoney(f event.Fact, known bool) {
	s.lists.known = known // who is inside is as it was
	switch f := f.(type) {
	case event.PaymentMoved:
		s.applyPaid(f)
		s.applyOwing(f)
	case event.HousePosted:
		s.applyHouse(f)
	case event.DebtNoted:
		s.applyNoted(f)
	case event.DebtCleared:
		s.applyCleared(f)
	case event.PartyAsked:
		v := s.Sessions[f.Session]
		v.Waiting, v.Gate, v.WaitsSince = f.Bodies, f.Gate, f.At
		s.list(f.Session)
	case event.EntryRefused:
		if v := s.Sessions[f.Session]; v != nil && v.Stage == Inside {
			v.Waiting, v.WaitsSince = 0, time.Time{}
			s.list(f.Session)
		}
	default:
		s.applyEnrolment(f)
	}
}

func (v *Session) admission(id string) *Admission {
	for i := range v.Admissions {
		if v.Admissions[i].ID == id {
			return &v.Admissions[i]
		}
	}
	return nil
}

func (s *State) applyDevice(f event.DeviceChanged) {
	before := s.Device[f.Device]
	s.Device[f.Device], s.lists.serving = f, nil
	if _, down := s.Down[f.Device]; f.State.Serving() {
		delete(s.Down, f.Device)
	} else if !down && before.State.Serving() {
		s.Down[f.Device] = f
	}
	if f.State == event.StateReady && f.Epoch != before.Epoch && s.follows(f.Device) {
		s.Opened = slices.DeleteFunc(s.Opened, func(o event.DeviceChanged) bool {
			return o.Device == f.Device || f.At.Sub(o.At) > 2*restateWithin
		})
		s.Opened = append(s.Opened, f)
	}
}

// awayCause is why all devices are down that a host drove which is gone.
const awayCause = "the host was away"

// applyAway takes every device for down that a host drove which is gone.
func (s *State) applyAway(f event.HostAway) {
	s.Back = f.Until
	for _, address := range slices.Sorted(maps.Keys(s.Device)) {
		if d := s.Device[address]; d.State.Serving() {
			d.State, d.Cause, d.Power, d.At, d.Same = event.StateOffline, awayCause, "", f.From, false
			s.applyDevice(d)
		}
	}
}

// applyPaid keeps count of what a visit without a hold may yet cost the store.
func (s *State) applyPaid(f event.PaymentMoved) {
	r, ok := s.Risked[f.Session]
	switch {
	case !ok:
	case f.State == event.PaymentDeclined: // what they carry out is lost; they may yet carry more
	case f.Key != "" && (f.State == event.PaymentVoided || f.State == event.PaymentExpired): // a hold that was never as it was asked for is gone: nothing stands
	case f.State == event.PaymentHeld || f.State.Final():
		delete(s.Risked, f.Session)
	case f.State == event.PaymentOffline && f.Due != nil:
		r.Amount = *f.Due
		s.Risked[f.Session] = r
	}
}

// follows reports whether a device is a camera that follows a body of a live
// session: after it opens it owes a restatement.
func (s *State) follows(device string) bool {
	for _, id := range s.Live {
		for i := range s.Sessions[id].Bodies {
			if t := s.Tracks[s.Sessions[id].Bodies[i].Track]; t != nil && t.Camera == device {
				return true
			}
		}
	}
	return false
}

func (s *State) applyEntered(f event.BodyEntered) {
	v := s.Sessions[f.Session]
	v.Bodies = append(v.Bodies, Body{Span: f.Span, Gate: f.Gate, By: f.By})
	if a := v.admission(f.Admission); a != nil {
		a.In++
	}
	if v.Stage != Ended {
		v.Stage = Inside
	}
}

func (s *State) applyLeft(f event.BodyLeft) {
	s.dropExit(f.By)
	v := s.Sessions[f.Session]
	v.Out++
	for i := range v.Bodies {
		if b := &v.Bodies[i]; !b.Left && (b.Track == f.Track || f.Track == "" && s.lost(b.Track)) {
			b.Left = true
			return
		}
	}
}

// lost reports whether no camera follows the track any more.
func (s *State) lost(track observe.Track) bool {
	t := s.Tracks[track]
	return track == "" || t == nil || t.Session == "" || !t.Ended.IsZero() || !s.watched(t)
}

func (s *State) dropExit(by event.Ref) {
	s.Exits = slices.DeleteFunc(s.Exits, func(e event.ExitSeen) bool { return e.By == by })
}

func (s *State) applyTrack(f event.TrackSeen) {
	t := s.Tracks[f.Track]
	if t == nil {
		s.forget(f.Span.Settled)
		t = &Track{Began: f.Span, name: f.Track}
		s.Tracks[f.Track] = t
	}
	defer s.listTrack(t)
	s.told(t, f)
	s.Opened = slices.DeleteFunc(s.Opened, func(o event.DeviceChanged) bool { return f.Span.Settled.Sub(o.At) > 4*restateWithin }) // it has restated, or never will
	if f.Phase == observe.PhaseBegan {
		t.Began, t.At = f.Span, f.Zone
	}
	t.Camera, t.Epoch = f.Camera, f.By.Epoch
	if f.Span.Settled.After(t.Last) {
		t.Last = f.Span.Settled
	}
	if f.Confidence > 0 && (t.Sure == 0 || f.Confidence < t.Sure) { // a report that is told again, or late, makes nothing surer
		t.Sure = f.Confidence
	}
	switch {
	case f.Phase == observe.PhaseEnded:
		t.Ended, t.End = f.Span.Settled, f.Zone
	case f.Span.Onset.After(t.Ended):
		t.Ended, t.End = time.Time{}, "" // found again, or never ended
	}
	i, _ := slices.BinarySearchFunc(t.Stays, f.Span.Onset, func(st Stay, at time.Time) int { return st.From.Compare(at) })
	if i > 0 && t.Stays[i-1].Zone == f.Zone {
		return
	}
	t.Stays = slices.Insert(t.Stays, i, Stay{Zone: f.Zone, From: f.Span.Onset})
	if t.isPlaced {
		s.visited(t, f.Zone)
	}
	for len(t.Stays) > maxStays {
		oldest := t.Stays[0].Zone
		t.Stays = slices.Delete(t.Stays, 0, 1)
		s.left(t, oldest)
	}
}

// forget drops tracks that ended, or were last seen, long ago and belong to no
// session.
func (s *State) forget(now time.Time) {
	for _, name := range s.lists.stale.By(now, len(s.Tracks)) {
		s.unlistTrack(observe.Track(name))
	}
}

func (s *State) applyBound(f event.TrackBound) {
	if t := s.Tracks[f.Track]; t != nil {
		t.Session = f.Session
		s.listTrack(t)
	}
	v := s.Sessions[f.Session]
	for i := range v.Bodies {
		if v.Bodies[i].By == f.Passage {
			s.claim(v.Bodies[i].Track, -1)
			v.Bodies[i].Track = f.Track
			s.claim(f.Track, 1)
		}
	}
}

func (s *State) applyUnbound(f event.TrackUnbound) {
	if t := s.Tracks[f.Track]; t != nil {
		t.Session = ""
		s.listTrack(t)
	}
}

func (s *State) applyClosed(id string) {
	for _, b := range s.Sessions[id].Bodies {
		if t := s.Tracks[b.Track]; t != nil && t.Session == id {
			s.unlistTrack(b.Track)
		}
	}
	s.settled(id, s.Sessions[id].Token)
	s.unlist(s.Sessions[id])
	delete(s.Sessions, id)
	delete(s.Risked, id)
}
