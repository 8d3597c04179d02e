package classtest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// patience is how long a test waits for something that a device must do. It is
// a bound for what hangs, and no measure.
const patience = 10 * time.Second

// pollEvery is how often a wait looks again where no report came.
const pollEvery = 5 * time.Millisecond

// Watcher collects what a plugin observes, and acknowledges it as a host with a
// journal would.
type Watcher struct {
	t testing.TB

	mu      sync.Mutex
	reports []host.Report
	lost    []host.Lost
	news    chan struct{}
	hold    bool
	plugin  *host.Plugin

	cancel context.CancelFunc
	done   sync.WaitGroup

	// Patience is how long Next and its like wait.
	Patience time.Duration
}

// Watch observes p until the test ends.
func Watch(t testing.TB, p *host.Plugin) *Watcher {
	t.Helper()
	w := &Watcher{t: t, news: make(chan struct{}), plugin: p, Patience: patience}
	w.connect()
	t.Cleanup(func() { w.cancel(); w.done.Wait() })
	return w
}

func (w *Watcher) connect() {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	// Its error only says that the stream ended: with the test, or with a plugin
	// that a case or a fake ends. What should have come is then missed.
	w.done.Go(func() { _ = w.plugin.Observe(ctx, host.Sink{Reports: w.take, Lost: w.takeLost}) })
}

// Reconnect ends the stream and begins another.
func (w *Watcher) Reconnect() {
	w.cancel()
	w.done.Wait()
	w.connect()
}

// Disconnect ends the stream. Reconnect begins another.
func (w *Watcher) Disconnect() {
	w.cancel()
	w.done.Wait()
}

func (w *Watcher) take(reports []host.Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reports = append(w.reports, reports...)
	for _, r := range reports {
		if !w.hold {
			w.plugin.Ack(r.Handle, r.Epoch, r.Seq)
		}
	}
	w.tell()
}

func (w *Watcher) takeLost(l host.Lost) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lost = append(w.lost, l)
	w.tell()
}

func (w *Watcher) tell() {
	close(w.news)
	w.news = make(chan struct{})
}

// HoldAcks stops or resumes acknowledging. Resuming acknowledges nothing that
// came meanwhile.
func (w *Watcher) HoldAcks(hold bool) {
	w.mu.Lock()
	w.hold = hold
	w.mu.Unlock()
}

// Next gives the next report that no Next has given, and fails the test if none
// comes or a gap does.
func (w *Watcher) Next() host.Report {
	w.t.Helper()
	return w.NextOf(func(host.Report) bool { return true })
}

// NextOf gives the next report that match accepts. Others stay for later calls.
func (w *Watcher) NextOf(match func(host.Report) bool) host.Report {
	w.t.Helper()
	found := w.next("a report", match)
	if found.Gap != nil {
		w.t.Fatalf("a gap of %d up to number %d: %s", found.Gap.Lost, found.Seq, found.Gap.Cause)
	}
	return found
}

func (w *Watcher) next(what string, match func(host.Report) bool) (found host.Report) {
	w.t.Helper()
	w.wait(what, func() bool {
		i := slices.IndexFunc(w.reports, match)
		if i >= 0 {
			found = w.reports[i]
			w.reports = slices.Delete(w.reports, i, i+1)
		}
		return i >= 0
	})
	return found
}

// NextGap gives the next report, which must be a gap.
func (w *Watcher) NextGap() host.Report {
	w.t.Helper()
	found := w.next("a gap", func(host.Report) bool { return true })
	if found.Gap == nil {
		w.t.Fatalf("report %d is no gap: %+v", found.Seq, found.Evidence)
	}
	return found
}

// NextLost gives the next notice that a device was lost.
func (w *Watcher) NextLost() host.Lost {
	w.t.Helper()
	var found host.Lost
	w.wait("the loss of a device", func() bool {
		if len(w.lost) == 0 {
			return false
		}
		found, w.lost = w.lost[0], w.lost[1:]
		return true
	})
	return found
}

// Waiting gives the reports that no Next has given.
func (w *Watcher) Waiting() []host.Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.reports)
}

// WaitingLost gives the notices that no NextLost has given.
func (w *Watcher) WaitingLost() []host.Lost {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lost)
}

// Settle waits until done is true.
func (w *Watcher) Settle(done func() bool) {
	w.t.Helper()
	w.waitFor("what must settle", done)
}

// Ended waits until the stream has ended.
func (w *Watcher) Ended() {
	w.t.Helper()
	w.done.Wait()
}

// wait waits until done, called under the lock, is true.
func (w *Watcher) wait(what string, done func() bool) {
	w.t.Helper()
	w.waitFor(what, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return done()
	})
}

func (w *Watcher) waitFor(what string, done func() bool) {
	w.t.Helper()
	limit := time.NewTimer(w.Patience)
	defer limit.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		w.mu.Lock()
		news := w.news
		w.mu.Unlock()
		if done() {
			return
		}
		select {
		case <-news:
		case <-tick.C: // for counters, which tell nobody when they change
		case <-limit.C:
			w.t.Fatalf("waited %v for %s; reports that wait: %v", w.Patience, what, w.Waiting())
		}
	}
}
