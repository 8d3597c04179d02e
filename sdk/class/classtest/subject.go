package classtest

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/host"
)

// Subject is a plugin under test and one device of it.
type Subject struct {
	// Start starts the plugin for one case, such as with InProcess or Binary,
	// and leaves its end to the test's cleanup.
	Start func(t testing.TB) *host.Plugin
	// Driver is the driver's name.
	Driver string
	// Config is the config block as JSON; empty for none.
	Config string
	// Address is the device's; empty for one that the suite chooses.
	Address string
	// Points are the addresses of the device's points by their own names.
	Points map[string]string
	// Measure makes the device that was opened last take a new reading; nil where
	// the test can't, or it has none.
	Measure func(t testing.TB)
	// Patience is how long a case waits for what must come; zero for 10 s.
	Patience time.Duration
}

// handle is the handle that cases open their device under.
const handle = 1

// Rig is an open device in a case, and the stream of what it reports.
type Rig struct {
	*Watcher
	Subject Subject
	Plugin  *host.Plugin
	Handle  uint32
	Epoch   uint64
	Opened  host.Opened
}

// Open starts the plugin and opens the device.
func (s Subject) Open(t testing.TB) *Rig {
	t.Helper()
	r := s.rig(t)
	r.Reopen()
	return r
}

// rig starts the plugin and opens nothing.
func (s Subject) rig(t testing.TB) *Rig {
	t.Helper()
	r := &Rig{Subject: s, Plugin: s.Start(t), Handle: handle}
	r.Watcher = Watch(t, r.Plugin)
	if s.Patience > 0 {
		r.Patience = s.Patience
	}
	return r
}

// Request is what opens the device under an epoch.
func (s Subject) Request(epoch uint64) host.OpenRequest {
	r := host.OpenRequest{
		Handle: handle, Epoch: epoch, Driver: s.Driver, Address: s.Address, Config: json.RawMessage(s.Config),
		Points: s.Points, Safety: class.Safety{FreeExitAfter: time.Minute},
	}
	if r.Address == "" {
		r.Address = "device.under_test"
	}
	return r
}

// Reopen opens the device again under the next epoch, as a host does after the
// device was lost.
func (r *Rig) Reopen() {
	r.t.Helper()
	r.Epoch++
	var err error
	if r.Opened, err = r.Plugin.Open(r.Context(), r.Subject.Request(r.Epoch)); err != nil {
		r.t.Fatalf("open: %v", err)
	}
}

// recoverWithin is how long a device that was lost is tried, and recoverEvery how often.
const (
	recoverWithin = time.Minute
	recoverEvery  = 50 * time.Millisecond
)

// Recover is Reopen until the device opens: one that has just come back, or whose machine
// does something else, may not at once, and a host tries again.
func (r *Rig) Recover() {
	r.t.Helper()
	for end := time.Now().Add(recoverWithin); ; time.Sleep(recoverEvery) {
		r.Epoch++
		var err error
		if r.Opened, err = r.Plugin.Open(r.Context(), r.Subject.Request(r.Epoch)); err == nil {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("it does not open again: %v", err)
		}
		r.t.Logf("open: %v", err)
	}
}

// Present says whether a report is of the present opening.
func (r *Rig) Present(x host.Report) bool { return x.Epoch == r.Epoch }

// Context is the test's, bounded by the patience of a case.
func (r *Rig) Context() context.Context {
	ctx, cancel := context.WithTimeout(r.t.Context(), r.Patience)
	r.t.Cleanup(cancel)
	return ctx
}

// Has says whether the device announced an ability when it opened.
func (r *Rig) Has(ability string) bool {
	for _, a := range r.Opened.Abilities {
		if a == ability {
			return true
		}
	}
	return false
}

// A Case is one clause of a contract.
type Case struct {
	Name string
	Run  func(t testing.TB)
}

// Run runs all cases as subtests.
func Run(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.Run(t) })
	}
}

// oneOf is of how many cases Some keeps one.
const oneOf = 8

// Some gives the cases, and one of eight of them in short tests: for a suite
// whose every case starts a process, and that runs in whole elsewhere.
func Some(cases []Case) []Case {
	if !testing.Short() {
		return cases
	}
	var some []Case
	for i := 0; i < len(cases); i += oneOf {
		some = append(some, cases[i])
	}
	return some
}

// Failures runs all cases and gives what each that failed said, by its name. It
// is for testing a suite: a fake that breaks a clause must fail that case.
func Failures(t *testing.T, cases []Case) map[string]string {
	t.Helper()
	failed := map[string]string{}
	for _, c := range cases {
		r := &recorder{TB: t}
		var done sync.WaitGroup
		done.Go(func() {
			defer r.cleanup()
			c.Run(r)
		})
		done.Wait()
		if r.Failed() {
			failed[c.Name] = r.text()
		}
	}
	return failed
}

// Finds runs one case by name and fails t unless that case fails. It is for
// testing a suite with fakes that break a clause on purpose.
func Finds(t *testing.T, cases []Case, name string) {
	t.Helper()
	for _, c := range cases {
		if c.Name == name {
			if Failures(t, []Case{c})[name] == "" {
				t.Errorf("case %q did not find the breach", name)
			}
			return
		}
	}
	t.Errorf("there is no case %q", name)
}
