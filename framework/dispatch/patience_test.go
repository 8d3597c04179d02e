package dispatch

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/gate"
)

// stuck is devices that never answer.
type stuck struct {
	desk
	shown chan time.Duration // how long each Show was waited for
}

func (s stuck) Gate(string) (Gate, error) { return s, nil }
func (s stuck) Reader(string) (r Reader, _ bool, err error) {
	return unseen{newScreen(), s.shown}, true, nil
}

func (stuck) Admit(ctx context.Context, _ gate.Admission) error {
	<-ctx.Done()
	return ctx.Err()
}

// unseen is a reader whose screen never has it.
type unseen struct {
	*screen
	shown chan time.Duration
}

func (u unseen) Show(ctx context.Context, _ credential.Reply) error {
	began := time.Now()
	<-ctx.Done()
	u.shown <- time.Since(began)
	return ctx.Err()
}

// ofBubble is the clock of a bubble of time.
type ofBubble struct{}

func (ofBubble) Now() time.Time { return time.Now().UTC() }

func (ofBubble) AfterFunc(at time.Time, f func()) func() bool {
	return time.AfterFunc(time.Until(at), f).Stop
}

// Where patience is asked for, devices have so many times as long as usual, and no call is
// taken for hanging before that.
func TestPatience(t *testing.T) {
	for patience, times := range map[int]time.Duration{0: 1, 1: 1, 20: 20} {
		synctest.Test(t, func(t *testing.T) {
			answers := make(chan event.Answer)
			s := stuck{shown: make(chan time.Duration)}
			d := New(Options{Devices: s, Clock: ofBubble{}, Patience: patience, Answer: func(_ context.Context, a event.Answer) error {
				answers <- a
				return nil
			}})
			ctx, cancel := context.WithCancel(t.Context())
			var wg sync.WaitGroup
			wg.Go(func() { d.Run(ctx) })
			began := time.Now()
			expires := began.Add(time.Hour)
			d.Send(event.Ask{ID: "admit", Operation: event.OpAdmit, Device: "gate.north", Session: "s", Admission: "s", Bodies: 1, Expires: &expires}, false)
			if a := <-answers; a.Outcome != event.OutcomeUnknown || time.Since(began) != times*AdmitWithin {
				t.Errorf("patience %d: %+v after %v", patience, a, time.Since(began))
			}
			d.Tell(event.EntryRefused{Reader: "reader.north", Message: "This could not be read."})
			if waited := <-s.shown; waited != times*ReaderWithin {
				t.Errorf("patience %d: a reader is waited for for %v", patience, waited)
			}
			cancel()
			wg.Wait()
		})
	}
}
