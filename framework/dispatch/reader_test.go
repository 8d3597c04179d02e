package dispatch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
)

// desk is a directory of readers.
type desk map[string]*screen

func (d desk) Gate(string) (Gate, error)       { return nil, fault.New(fault.Invalid, "no gate") }
func (d desk) Payment(string) (Payment, error) { return nil, fault.New(fault.Invalid, "no processor") }

func (d desk) Reader(address string) (Reader, bool, error) {
	s := d[address]
	if s == nil {
		return nil, false, fault.New(fault.Invalid, "there is no reader")
	}
	return s, !s.dark, nil
}

// screen is a reader. What it shows waits for hold, where that is set.
type screen struct {
	dark  bool
	hold  chan struct{}
	fails error
	begun chan credential.Reply

	mu       sync.Mutex
	forgot   []string
	enrolled []credential.Enrolment
}

func newScreen() *screen { return &screen{begun: make(chan credential.Reply, 64)} }

func (s *screen) Show(ctx context.Context, r credential.Reply) error {
	s.begun <- r
	if s.hold != nil {
		select {
		case <-s.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return s.fails
}

func (s *screen) Enrol(_ context.Context, e credential.Enrolment) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enrolled = append(s.enrolled, e)
	return nil
}

func (s *screen) Forget(_ context.Context, token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgot = append(s.forgot, token)
	return fault.New(fault.Unsupported, "it has no memory")
}

func running(t *testing.T, d desk) (*Dispatcher, chan event.Answer) {
	t.Helper()
	answers := make(chan event.Answer, 8)
	x := New(Options{Devices: d, Clock: clock.Wall{}, Answer: func(_ context.Context, a event.Answer) error {
		answers <- a
		return nil
	}})
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { x.Run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return x, answers
}

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

func (s *screen) shows(t *testing.T, want credential.Verdict, text string) {
	t.Helper()
	select {
	case r := <-s.begun:
		if r.Verdict != want || r.Text != text {
			t.Errorf("it shows %v %q, want %v %q", r.Verdict, r.Text, want, text)
		}
	case <-time.After(patience):
		t.Fatalf("nothing is shown, want %v", want)
	}
}

func TestReadersShowAnswers(t *testing.T) {
	north, dark := newScreen(), newScreen()
	dark.dark, north.fails = true, errors.New("its lamp is broken")
	d, _ := running(t, desk{"north": north, "dark": dark})
	d.Tell(event.SessionOpened{Session: "s1", Reader: "north"})
	d.Tell(event.AdmissionGiven{Session: "s1"})
	north.shows(t, credential.VerdictGranted, "Come in.")
	d.Tell(event.SessionEnded{Session: "s1"})
	d.Tell(event.AdmissionGiven{Session: "s1"}) // of a visit that is over, or of another host
	d.Tell(event.EntryRefused{Reader: "dark", Message: "This could not be read."})
	d.Tell(event.EntryRefused{Reader: "gone", Message: "This could not be read."})
	d.Tell(event.EntryRefused{Reader: "north", Message: "This could not be read. Please try again."})
	north.shows(t, credential.VerdictDenied, "This could not be read. Please try again.")
	d.Tell(event.EnrolmentStarted{Reader: "north"})
	north.shows(t, credential.VerdictPrompt, "Please show your palm.")
	d.Tell(event.InstrumentPaired{Reader: "north"})
	north.shows(t, credential.VerdictGranted, "You are enrolled.")
	if len(dark.begun) != 0 {
		t.Error("a reader without the ability was asked")
	}
}

// TestSlowScreen holds one reader up: it shows the newest answer next, and no
// other reader waits for it.
func TestSlowScreen(t *testing.T) {
	slow, quick := newScreen(), newScreen()
	slow.hold = make(chan struct{})
	d, _ := running(t, desk{"slow": slow, "quick": quick})
	refuse := func(reader, text string) { d.Tell(event.EntryRefused{Reader: reader, Message: text}) }
	refuse("slow", "one")
	slow.shows(t, credential.VerdictDenied, "one")
	refuse("slow", "two")
	refuse("slow", "three")
	refuse("quick", "four")
	quick.shows(t, credential.VerdictDenied, "four")
	close(slow.hold)
	slow.shows(t, credential.VerdictDenied, "three")
}

func TestAsksOfReaders(t *testing.T) {
	s := newScreen()
	d, answers := running(t, desk{"desk": s})
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Second)
	for _, c := range []struct {
		ask  event.Ask
		want event.Outcome
		code fault.Code
	}{
		{event.Ask{ID: "1", Operation: event.OpEnrol, Device: "desk", Key: "e1", Expires: &soon}, event.OutcomeDone, fault.None},
		{event.Ask{ID: "2", Operation: event.OpEnrol, Device: "desk", Key: "e2", Expires: &past}, event.OutcomeRefused, fault.Refused},
		{event.Ask{ID: "3", Operation: event.OpForget, Device: "desk", Key: "p1", Token: "palm-1"}, event.OutcomeRefused, fault.Unsupported},
		{event.Ask{ID: "4", Operation: event.OpForget, Device: "gone", Key: "p1", Token: "palm-1"}, event.OutcomeRefused, fault.Invalid},
	} {
		d.Send(c.ask, false)
		select {
		case a := <-answers:
			if a.ID != c.ask.ID || a.Outcome != c.want || a.Code != c.code {
				t.Errorf("ask %s: %+v, want %s, %v", c.ask.ID, a, c.want, c.code)
			}
		case <-time.After(patience):
			t.Fatalf("ask %s has no answer", c.ask.ID)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.enrolled) != 1 || s.enrolled[0].Name != "e1" || !s.enrolled[0].Expires.Equal(soon) || len(s.forgot) != 1 || s.forgot[0] != "palm-1" {
		t.Errorf("the reader was asked to enrol %+v and to forget %q", s.enrolled, s.forgot)
	}
}
