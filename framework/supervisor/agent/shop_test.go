package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

const north = "gate.north"

// shop is a host with one remote gate: everything but core and journal. Its sink
// acknowledges what it takes, as the journal does.
type shop struct {
	t    testing.TB
	devs *devices.Devices
	link *Link
	end  func()

	mu       sync.Mutex
	turned   *sync.Cond
	evidence []event.Evidence
	states   []event.DeviceStatus
	// stall is the longest that this machine let a timer wait while commands were
	// given: for as long it may have let a gate wait.
	stall time.Duration
}

func (s *shop) Evidence(_ context.Context, batch []event.Evidence) error {
	s.mu.Lock()
	s.evidence = append(s.evidence, batch...)
	s.turned.Broadcast()
	s.mu.Unlock()
	for _, e := range batch {
		s.devs.Ack(e.Device, e.Serial.Epoch, e.Serial.Seq)
	}
	return nil
}

func (s *shop) Status(_ context.Context, st event.DeviceStatus) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.states = append(s.states, st)
	s.turned.Broadcast()
	return nil
}

// Notice is of no shop here.
func (s *shop) Notice(context.Context, event.Notice) error { return nil }

// openShop runs a shop whose gate ticks.
func openShop(t testing.TB, l *Link, conf tickingConfig) *shop {
	t.Helper()
	return openShopWith(t, l, conf, patient(false))
}

func openShopWith(t testing.TB, l *Link, conf tickingConfig, limits *supervisor.Limits) *shop {
	t.Helper()
	s := &shop{t: t, link: l}
	s.turned = sync.NewCond(&s.mu)
	b, err := json.Marshal(map[string]any{"every": conf.Every, "most": conf.Most})
	if err != nil {
		t.Fatal(err)
	}
	sup := supervisor.New(&supervisor.Options{Log: quiet(), RunDir: shortDir(t), Limits: limits})
	s.devs, err = devices.New(&devices.Options{
		Store: storedef.Store{Devices: []storedef.Device{{Address: north, Class: storedef.ClassGate, Plugin: "acme", Driver: "ticking",
			Role: storedef.RoleBoth, Config: b}}},
		Plugins: map[string]supervisor.Spec{"acme": {Name: "acme", Agent: l}}, Supervisor: sup, Sink: s, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ran sync.WaitGroup
	ran.Go(func() {
		if err := s.devs.Run(ctx); err != nil {
			t.Error("run:", err)
		}
	})
	s.end = sync.OnceFunc(func() {
		cancel()
		ran.Wait()
		if err := sup.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	t.Cleanup(s.end)
	return s
}

// within bounds every wait: what takes longer did not happen, on however busy a
// machine.
const within = 2 * time.Minute

// patient are limits within which a busy machine starts and asks a plugin. Where
// hung is set, one that hangs is found as soon as it is in a shop.
func patient(hung bool) *supervisor.Limits {
	l := &supervisor.Limits{StartWithin: within}
	if !hung {
		l.PingWithin = within
	}
	return l
}

// until waits until what f says of what there is so far.
func (s *shop) until(what string, f func() bool) {
	s.t.Helper()
	s.untilIn(within, what, f)
}

func (s *shop) untilIn(most time.Duration, what string, f func() bool) {
	s.t.Helper()
	late := false
	timer := time.AfterFunc(most, func() {
		s.mu.Lock()
		late = true
		s.turned.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !f() {
		if late {
			s.t.Fatalf("not in %v: %s; states %v, %d pieces of evidence", most, what, s.said(), len(s.evidence))
		}
		s.turned.Wait()
	}
}

func (s *shop) said() (all []string) {
	for _, st := range s.states {
		all = append(all, fmt.Sprintf("%s %d (%s)", st.State, st.Epoch, st.Cause))
	}
	return all
}

// is reports whether the gate's last state is one of these. The lock is held.
func (s *shop) is(states ...event.DeviceState) bool {
	if len(s.states) == 0 {
		return false
	}
	for _, st := range states {
		if s.states[len(s.states)-1].State == st {
			return true
		}
	}
	return false
}

func (s *shop) ready() { s.t.Helper(); s.until("ready", func() bool { return s.is(event.StateReady) }) }
func (s *shop) offline() {
	s.t.Helper()
	s.until("offline", func() bool { return s.is(event.StateOffline) })
}

// admit asks the gate to let somebody in, within a time.
func (s *shop) admit(session string, most time.Duration) error {
	g, _, err := s.devs.Gate(north)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), most)
	defer cancel()
	return g.Admit(ctx, gate.Admission{Session: session, Bodies: 1, Expires: time.Now().Add(most)})
}

// effects counts how often the gate opened for each session, and when last.
func (s *shop) effects() (times map[string]int, when map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	times, when = map[string]int{}, map[string]time.Time{}
	for _, e := range s.evidence {
		if p, ok := e.Observed.(observe.Passage); ok && p.Admission != "" {
			times[p.Admission]++
			when[p.Admission] = p.Settled
		}
	}
	return times, when
}

// ticks gives how many numbered passages came, and checks that they came in
// order, each once, and that no gap stands for any. The lock is held.
func (s *shop) ticks() (n int) {
	for _, e := range s.evidence {
		if e.Gap != nil {
			s.t.Errorf("a gap of %d at %v", e.Gap.Lost, e.Serial)
		}
		p, ok := e.Observed.(observe.Passage)
		if !ok || !strings.HasPrefix(p.Lane, "tick ") {
			continue
		}
		n++
		if want := fmt.Sprint("tick ", n); p.Lane != want {
			s.t.Fatalf("%s came where %s was due", p.Lane, want)
		}
	}
	return n
}

// settle waits until all that happened before it has come.
func (s *shop) settle() {
	s.t.Helper()
	now := time.Now()
	// What the gate was told to do it tells of some ticks later.
	s.until("evidence of now", func() bool {
		n := 0
		for i := len(s.evidence) - 1; i >= 0 && n < 300; i-- {
			if e := s.evidence[i]; e.Observed == nil || e.Observed.Span().Settled.Before(now) {
				return false
			}
			n++
		}
		return n == 300
	})
}

// epochs are those of the states, in order, without repetition.
func (s *shop) epochs() (all []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.states {
		if st.Epoch != 0 && (len(all) == 0 || all[len(all)-1] != st.Epoch) {
			all = append(all, st.Epoch)
		}
	}
	return all
}

// command is one admission and how it was answered.
type command struct {
	session string
	due     time.Time
	err     error
}

// knock asks for admissions again and again until stop is called, which gives
// them.
func (s *shop) knock(every, most time.Duration) (stop func() []command) {
	ctx, cancel := context.WithCancel(context.Background())
	var all []command
	var mu sync.Mutex
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		last := time.Now()
		for n := 1; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if late := time.Since(last) - every; n > 1 && late > 0 {
				s.mu.Lock()
				s.stall = max(s.stall, late)
				s.mu.Unlock()
			}
			last = time.Now()
			c := command{session: fmt.Sprint("session ", n), due: time.Now().Add(most)}
			work.Go(func() {
				c.err = s.admit(c.session, most)
				mu.Lock()
				all = append(all, c)
				mu.Unlock()
			})
		}
	})
	return func() []command {
		cancel()
		work.Wait()
		return all
	}
}

// sliver is how long a gate may take to open and to say so, on a machine that does
// nothing else.
const sliver = 250 * time.Millisecond

// judge holds the commands against what the gate did: nothing twice, nothing
// after its time, nothing that was answered as not done, everything that was
// answered as done.
func (s *shop) judge(all []command) {
	s.t.Helper()
	times, when := s.effects()
	s.mu.Lock()
	stall := s.stall
	s.mu.Unlock()
	var done, refused, unknown int
	for _, c := range all {
		n := times[c.session]
		switch code := fault.CodeOf(c.err); {
		case c.err == nil:
			done++
			if n != 1 {
				s.t.Errorf("%s was done, and the gate opened %d times", c.session, n)
			}
		case code == fault.Unavailable:
			refused++
			if n != 0 {
				s.t.Errorf("%s was refused (%v), and the gate opened %d times", c.session, c.err, n)
			}
		default:
			unknown++
			if n > 1 {
				s.t.Errorf("%s is unknown (%v), and the gate opened %d times", c.session, c.err, n)
			}
		}
		if at, ok := when[c.session]; ok && at.After(c.due.Add(sliver+4*stall)) {
			s.t.Errorf("%s was due by %v and opened the gate %v later", c.session, c.due, at.Sub(c.due))
		}
	}
	s.t.Logf("%d commands: %d done, %d certainly not, %d unknown; timers were late by up to %v", len(all), done, refused, unknown, stall)
	if stall < sliver/4 && (done == 0 || refused+unknown == 0) { // a busier machine may not have got any done, or none into the cut
		s.t.Errorf("the commands met no fault, or nothing else: %d done, %d not, %d unknown", done, refused, unknown)
	}
}
