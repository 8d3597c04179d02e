package wired

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/simulate/witness"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/inmemory"
	"github.com/openaisle/aisle/sdk"
)

const (
	// resolveWithin is how soon what became of a movement must be found out once
	// nothing is in the way.
	resolveWithin = 15 * time.Minute
	// restFor is how long after peace everything must have come to rest.
	restFor = 4 * 24 * time.Hour
	// lastWords is how long after rest the last acknowledgements and notices may
	// take.
	lastWords = 20 * time.Second
	// spoolEvents is how many reports a plugin keeps: so few that a host which is
	// away for long finds gaps.
	spoolEvents = 16
)

// Options say what to run.
type Options struct {
	// Visits is how many shoppers come; zero draws it.
	Visits int
	// NoFaults has nothing go wrong, and one hand at a time at a bay.
	NoFaults bool
	// Leases is a folder for the leases of gates.
	Leases string
	// Story is told what happens, line by line; nil for silence. Log gets what
	// the host says; nil is silence.
	Story io.Writer
	Log   *slog.Logger
}

// Result is what one run came to.
type Result struct {
	Seed       uint64              `json:"seed"`
	Tally      witness.Tally       `json:"tally"`
	Evidence   Evidence            `json:"evidence"`
	Violations []witness.Violation `json:"violations"`
	// Faults counts those that took effect, by the catalogue's id.
	Faults map[string]int `json:"faults"`
	Visits int            `json:"visits"`
	Hosts  int            `json:"hosts"`
	Calls  int            `json:"calls"`
	// Virtual is how long the shop was open.
	Virtual time.Duration `json:"-"`
}

// Run runs one seed. It must be called in a bubble of testing/synctest, and
// returns when nothing of the run is left.
func Run(seed uint64, o Options) Result {
	w := &world{seed: seed, story: o.Story, began: time.Now(), bodies: map[*body]bool{}, books: newBooks(), sessions: map[string]string{},
		machines: map[string]*inmemory.Machine{}, leases: o.Leases, stale: map[string]uint64{}}
	w.books.violate = func(id, format string, args ...any) { w.violate(id, "", format, args...) }
	w.drawFaults(o.NoFaults)
	if w.hands = handsAtOnce; o.NoFaults {
		w.hands = 1
	}
	w.drawStore()
	w.cards = &cards{w, stream(seed, "cards")}
	w.witness = witness.New(witness.Rules{ResolveWithin: resolveWithin, EndEarly: 24 * time.Hour, NeverOver: !w.faults.dark, Exact: o.NoFaults})
	w.listen()
	w.makeMachines()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	log := journal.Memory()
	k := &keeper{w: w, journal: log, log: o.Log, end: make(chan struct{}), done: make(chan struct{})}
	go k.run()
	w.people(o)
	w.peace()
	w.rest(k)
	close(k.end)
	<-k.done
	for _, m := range w.machines {
		m.Close()
	}
	w.work.Wait()
	return w.judge(k)
}

func (w *world) makeMachines() {
	for _, name := range pluginNames {
		d := stream(w.seed, "wire "+name)
		again := stream(w.seed, "again "+name)
		var mu sync.Mutex
		w.machines[name] = inmemory.New(inmemory.Options{
			Name: name, Plugin: func() sdk.Plugin { return w.plugin(name) }, SpoolEvents: spoolEvents,
			Delay: func() time.Duration {
				mu.Lock()
				defer mu.Unlock()
				return between(d, 50*time.Microsecond, 5*time.Millisecond)
			},
			Again: func() bool {
				w.mu.Lock()
				defer w.mu.Unlock()
				if !w.faults.on[messageTwice] || w.faults.over || again.IntN(million) >= table[messageTwice].ppm {
					return false
				}
				w.took(messageTwice)
				return true
			},
			Ended: func(asked bool) {
				for _, v := range w.store.Devices {
					if v.Plugin == name {
						w.books.end(v.Address, asked)
					}
				}
			},
		})
	}
}

// people has the shoppers come, and things go wrong meanwhile, until the last
// has left.
func (w *world) people(o Options) {
	r := stream(w.seed, "shoppers")
	n := o.Visits
	if n == 0 {
		n = 8 + r.IntN(10)
	}
	at, gap := 10*time.Second, between(r, 4*time.Second, 30*time.Second)
	var shoppers sync.WaitGroup
	for i := range n {
		w.mu.Lock()
		v := w.newVisit(i, at)
		w.visits = append(w.visits, v)
		w.mu.Unlock()
		at += between(r, gap/2, gap*3/2)
		shoppers.Go(v.live)
	}
	done := make(chan struct{})
	w.work.Go(func() { w.haunt(done) })
	shoppers.Wait()
	time.Sleep(8 * time.Second)
	close(done)
}

// peace ends all that goes wrong, so that everything can come to rest.
func (w *world) peace() {
	w.mu.Lock()
	w.faults.over, w.faults.offline = true, time.Time{}
	w.tell("peace")
	w.mu.Unlock()
	for _, m := range w.machines {
		m.Heal()
	}
	w.mu.Lock()
	w.witness.Troubled("", time.Now())
	w.mu.Unlock()
}

// rest waits until nothing is left to do for anybody.
func (w *world) rest(k *keeper) {
	began := time.Now()
	for quiet := time.Duration(0); quiet < lastWords; {
		time.Sleep(time.Second)
		if h := k.up(); h != nil && h.quiet() && w.said() {
			quiet += time.Second
		} else {
			quiet = 0
		}
		if time.Since(began) > restFor {
			w.mu.Lock()
			w.violate("liveness", "", "it does not come to rest: %s", k.why())
			w.mu.Unlock()
			return
		}
	}
}

// said reports whether the host has all notices.
func (w *world) said() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.notices) == 0
}

// judge compares what everybody says.
func (w *world) judge(k *keeper) Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checkFold(k.journal)
	visits := make([]witness.Visit, len(w.visits))
	for i, v := range w.visits {
		visits[i] = v.truth()
	}
	w.witness.Judge(visits, nil)
	w.books.judge(w.stale)
	r := Result{Seed: w.seed, Tally: w.witness.Tally(), Evidence: w.books.Evidence, Faults: map[string]int{}, Visits: len(visits),
		Hosts: k.lives, Calls: w.books.calls, Virtual: time.Since(w.began)}
	r.Violations = slices.Concat(w.wrong, w.witness.Violations)
	for k, n := range w.faults.count {
		if n > 0 {
			r.Faults[table[k].ID] += n
		}
	}
	for _, v := range w.witness.Wrong {
		w.tell("receipt of %s: %s", v.Session, v.Text)
	}
	return r
}

// checkFold compares the state that the last host had, of which it took a
// snapshot when it ended, with what the whole journal folds to: M12.
func (w *world) checkFold(j journal.Journal) {
	_, snapshot, ok, err := j.LatestSnapshot()
	if err != nil || !ok {
		w.violate("M12", "", "there is no snapshot at the end (%v)", err)
		return
	}
	r, err := engine.Rebuild(factsOnly{j})
	if err != nil {
		w.violate("M12", "", "the journal does not fold: %v", err)
		return
	}
	if b, err := r.State.Encode(); err != nil || !bytes.Equal(b, snapshot) {
		w.violate("M12", "", "the state in memory is another than the journal folds to (%v)", err)
	}
}

// factsOnly is a journal without its snapshots.
type factsOnly struct{ journal.Reader }

func (factsOnly) LatestSnapshot() (uint64, []byte, bool, error) { return 0, nil, false, nil }

// keeper keeps a host up: it starts one again where it fell.
type keeper struct {
	w       *world
	journal journal.Journal
	log     *slog.Logger
	end     chan struct{}
	done    chan struct{}
	lives   int

	mu   sync.Mutex
	host *host
	last error
}

func (k *keeper) up() *host {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.host
}

func (k *keeper) is(h *host) {
	k.mu.Lock()
	k.host = h
	k.mu.Unlock()
	k.w.mu.Lock()
	k.w.host = h
	k.w.witness.Troubled("", time.Now())
	k.w.mu.Unlock()
}

func (k *keeper) run() {
	defer close(k.done)
	r := stream(k.w.seed, "hosts")
	for {
		h, err := k.w.startHost(k.journal, k.log)
		if err != nil {
			k.w.mu.Lock()
			killed := errors.Is(err, errKilled) || errors.Is(err, journal.ErrFailed)
			if !killed {
				k.w.violate("M12", "", "the host can't start: %v", err)
			}
			k.w.mu.Unlock()
			if !killed {
				<-k.end
				return
			}
		} else {
			k.lives++
			k.is(h)
			if !k.live(h) {
				k.is(nil)
				return
			}
			k.is(nil)
		}
		time.Sleep(between(r, 200*time.Millisecond, 4*time.Second))
	}
}

// live is one life of a host; false where it was the last.
func (k *keeper) live(h *host) bool {
	person := time.NewTicker(time.Minute)
	defer person.Stop()
	for {
		select {
		case <-k.end:
			h.stop()
			return false
		case err := <-h.failed:
			k.mu.Lock()
			k.last = err
			k.mu.Unlock()
			h.down()
			return true
		case <-h.killed:
			h.down()
			return true
		case <-person.C:
			k.release(h)
		}
	}
}

// release is a person who looks after plugins that were given up.
func (k *keeper) release(h *host) {
	for _, s := range h.sup.Status() {
		if s.State == supervisor.StateQuarantined && h.sup.Release(s.Name) {
			k.w.mu.Lock()
			k.w.tookFor(crashLoop, "")
			k.w.mu.Unlock()
		}
	}
}

// killHost kills the host that is up, and reports whether one was.
func (w *world) killHost() bool {
	w.mu.Lock()
	h := w.host
	w.mu.Unlock()
	if h == nil {
		return false
	}
	h.kill()
	return true
}

// why says what keeps a store from coming to rest.
func (k *keeper) why() string {
	h := k.up()
	if h == nil {
		return fmt.Sprintf("the host is down: %v", k.last)
	}
	s := h.eng.Status()
	text := fmt.Sprintf("%d sessions are open, %d asks out, %d in hand", s.Open, s.Asks, h.calls.InHand())
	for _, v := range h.devs.Status() {
		if v.State != event.StateReady || v.Queue > 0 {
			text += fmt.Sprintf("; %s is %s (%s), %d reports wait", v.Address, v.State, v.Cause, v.Queue)
		}
	}
	return text
}
