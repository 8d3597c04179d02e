package zoo

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// atOnce is how many animals are out at a time: each of them and its neighbour
// must be ready in time beside the others.
var atOnce = min(12, 3*runtime.NumCPU())

// TestZoo lets every animal loose beside a well-behaved plugin. What the
// operator reads is what the table says, the neighbour notices nothing, the host
// ends in time and nothing is left.
func TestZoo(t *testing.T) {
	for _, a := range part() {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			if why := lacks(a); why != "" {
				t.Skip(why)
			}
			loose(t, a)
		})
	}
}

// lacks says why an animal can't be let loose here, or "".
func lacks(a Animal) string {
	switch {
	case a.Python && programs.Python == "":
		return programs.Why
	case a.Needs != "" && !Has(enforced, a.Needs):
		return "this machine has no " + string(a.Needs)
	}
	return ""
}

func loose(t *testing.T, a Animal) {
	r := newRig(t, a)
	defer func() { _ = r.stop() }() // where the test ends early
	r.await("the neighbour reports", func() bool { return r.reports[goodAddress] > 0 })
	if a.Refused != "" {
		r.refused()
	} else {
		r.started()
	}
	for _, want := range a.Logs {
		r.await("log: "+want, func() bool {
			return slices.ContainsFunc(r.logs, func(l string) bool { return strings.Contains(l, want) })
		})
	}
	r.grows(20)
	if os.Getenv("ZOO_PRINT") != "" {
		t.Log("\n" + r.tell())
	}
	r.finish()
}

// refused looks that the plugin did not start, for the reason it should.
func (r *rig) refused() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	var start *supervisor.StartError
	if err := r.devices.Opened(ctx); !errors.As(err, &start) {
		r.t.Errorf("it started: %v\n%s", err, r.tell())
		return
	}
	if a := r.animal; start.Reason != a.Refused && (a.Or == "" || start.Reason != a.Or) || start.Plugin != "zoo" {
		r.t.Errorf("refused as %q, want %q: %v", start.Reason, r.animal.Refused, start)
	}
	r.says(start.Error())
}

// says looks that a text is what an operator should read: all that the table
// says, in one line of bounded length.
func (r *rig) says(text string) {
	r.t.Helper()
	for _, want := range r.animal.Says {
		if !strings.Contains(text, want) {
			r.t.Errorf("%q does not say %q", text, want)
		}
	}
	if strings.ContainsAny(text, "\n\x1b") || len(text) > 8<<10 {
		r.t.Errorf("%q is not one escaped line of bounded length", text)
	}
}

// started looks that the device comes to what it should.
func (r *rig) started() {
	r.t.Helper()
	a := r.animal
	if a.State == "" || a.Asks {
		ready := false
		r.await("ready", func() bool {
			ready = r.came(event.StateReady) >= 0
			return ready || r.came(event.StateQuarantined) >= 0 // where it never will be
		})
		if !ready {
			r.t.Fatalf("it is given up:\n%s", r.tell())
		}
	}
	if a.Asks {
		r.ask()
	}
	if a.State != "" {
		r.await("state "+string(a.State)+strings.Join(a.Says, ", "), r.cameFor)
	}
	if a.Reports > 0 || a.Lost > 0 {
		r.await("its reports", func() bool { return r.reports[r.address] >= a.Reports && r.lost[r.address] >= uint64(a.Lost) }) //nolint:gosec // small
	}
	if a.AtLeast > 0 {
		r.await("its reports", func() bool { return r.reports[r.address] >= a.AtLeast })
	}
	r.grows(10)
	r.mu.Lock()
	defer r.mu.Unlock()
	if a.AtLeast > 0 && r.lost[r.address] > 0 {
		r.t.Errorf("%d reports were lost", r.lost[r.address])
	}
	if n := r.reports[r.address]; a.Reports > 0 && n != a.Reports {
		r.t.Errorf("%d reports were handed on, want %d", n, a.Reports)
	}
	if n := r.lost[r.address]; a.Lost > 0 && n != uint64(a.Lost) { //nolint:gosec // small
		r.t.Errorf("%d reports were stated as lost, want %d", n, a.Lost)
	}
	if a.Foreign && r.reports[r.address] > 0 {
		r.t.Errorf("%d reports of nobody were handed on", r.reports[r.address])
	}
	if a.State == "" {
		for _, s := range r.states[r.address] {
			if s.State != event.StateReady && s.State != event.StateClaiming {
				r.t.Errorf("it became %s: %s", s.State, s.Cause)
			}
		}
	}
}

// cameFor reports whether the animal's device came to its state for the cause
// that the table tells.
func (r *rig) cameFor() bool {
	return slices.ContainsFunc(r.states[r.address], func(d event.DeviceStatus) bool {
		return d.State == r.animal.State && !slices.ContainsFunc(r.animal.Says, func(w string) bool { return !strings.Contains(d.Cause, w) })
	})
}

// came gives the place of a state among those of the animal's device, or -1. The lock is held.
func (r *rig) came(s event.DeviceState) int {
	return slices.IndexFunc(r.states[r.address], func(d event.DeviceStatus) bool { return d.State == s })
}

// ask sends the device a command and looks at what comes back.
func (r *rig) ask() {
	r.t.Helper()
	within := patience
	if slices.Contains(r.animal.Answer, fault.Unknown) {
		within = passes
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), within)
	defer cancel()
	var err error
	switch r.animal.class() {
	case storedef.ClassGate:
		g, _, open := r.devices.Gate(r.address)
		if err = open; err == nil {
			err = g.Admit(ctx, gate.Admission{Session: "s1", Bodies: 1, Expires: time.Now().Add(time.Minute)})
		}
	case storedef.ClassPayment:
		p, _, open := r.devices.Payment(r.address)
		if err = open; err == nil {
			_, err = p.Authorize(ctx, payment.AuthorizeRequest{Key: "k1", Session: "s1", Token: "tok", Amount: money.New(100, "EUR")})
		}
	default:
		r.t.Fatalf("no command for a %s", r.animal.class())
	}
	if code := fault.CodeOf(err); !slices.Contains(r.animal.Answer, code) {
		r.t.Errorf("answered %v (%v), want %v", code, err, r.animal.Answer)
	}
	if err != nil && (len(err.Error()) > 8<<10) {
		r.t.Errorf("the answer has %d bytes", len(err.Error()))
	}
	if os.Getenv("ZOO_PRINT") != "" {
		r.t.Logf("answer: %v", err)
	}
}

// TestTable looks that what is listed here is what there is, and enough of it.
func TestTable(t *testing.T) {
	out, err := exec.Command(programs.Go, "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	there := strings.Split(strings.TrimSpace(string(out)), "\n")
	listed := map[string]bool{"good": true, "idle": true, "pours": true, "escapes": true}
	classes, pythons := map[storedef.Class]bool{}, 0
	for _, a := range All() {
		if listed[a.Name] {
			t.Errorf("%q is listed twice", a.Name)
		}
		listed[a.Name] = true
		classes[a.class()] = true
		if a.Python {
			pythons++
		} else if !slices.Contains(there, a.Name) {
			t.Errorf("there is no animal %q", a.Name)
		}
	}
	for _, n := range there {
		if !listed[n] {
			t.Errorf("%q is not listed", n)
		}
	}
	if len(All()) < 60 || pythons < 10 || len(classes) < 6 {
		t.Errorf("%d animals, %d in another language, %d classes", len(All()), pythons, len(classes))
	}
}
