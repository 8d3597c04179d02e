package devices

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

func version(variant string) supervisor.Spec {
	return supervisor.Spec{Name: "test", Path: os.Args[0], Args: []string{"plugin", variant}}
}

func cardsDef(dir string) storedef.Device {
	conf, _ := json.Marshal(map[string]string{"dir": dir})
	return storedef.Device{Address: "payment.cards", Class: storedef.ClassPayment, Plugin: "test", Driver: "cards", Config: conf}
}

// noGaps fails where evidence of a device is not each number once and in order,
// opening by opening.
func noGaps(t *testing.T, inputs []event.Input, address string) {
	t.Helper()
	last := map[uint64]uint64{}
	newest := uint64(0)
	for _, in := range inputs {
		e, ok := in.(event.Evidence)
		if !ok || e.Device != address {
			continue
		}
		if e.Gap != nil || e.Seq != last[e.Epoch]+1 || e.Epoch < newest {
			t.Fatalf("%s: %d of epoch %d after %d, newest %d, gap %+v", address, e.Seq, e.Epoch, last[e.Epoch], newest, e.Gap)
		}
		last[e.Epoch], newest = e.Seq, e.Epoch
	}
}

func TestUpgrade(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := r.sup.Status()[0].PID
	_, old, _ := r.Gate("gate.north")
	var stages []string
	err := r.upgrade(t.Context(), "good", &UpgradeOptions{Progress: func(s supervisor.Stage) { stages = append(stages, string(s)) }})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(stages, " "); got != "start check drain move open stop" {
		t.Errorf("stages %s", got)
	}
	st := r.sup.Status()[0]
	if st.PID == pid || st.State != supervisor.StateRunning || st.Restarts != 0 {
		t.Errorf("status %+v", st)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the old process: %v", err)
	}
	_, now, err := r.Gate("gate.north")
	if err != nil || now <= old {
		t.Errorf("epoch %d after %d: %v", now, old, err)
	}
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Error(err)
	}
	r.journal.await(t, func(in []event.Input) bool { m, e := masses(in, "weight_shelf.top"); return e > old && len(m) >= 3 })
	if w := words(states(r.journal.list(), "gate.north")); w != "claiming ready closing claiming ready " {
		t.Errorf("states %s", w)
	}
	noGaps(t, r.journal.list(), "weight_shelf.top")
	// What starts it again is the new version.
	if err := syscall.Kill(st.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		return words(states(in, "gate.north")) == "claiming ready closing claiming ready failed claiming ready "
	})
	if v := r.all.Load().devices["gate.north"].plugin; v.spec.Name != "test" {
		t.Error("spec lost")
	}
}

// swapLimits give all the time that an upgrade may need, but for one to a version
// that never serves: what does not depend on that must be done in it, too.
func swapLimits(variant string) *supervisor.Limits {
	if variant == "hangs" || variant == "offline" {
		return &supervisor.Limits{SwapWithin: 4 * time.Second}
	}
	return nil
}

// What is wrong with a version is found before anything changes, or undone.
func TestUpgradeFails(t *testing.T) {
	for _, tt := range []struct {
		variant string
		stage   supervisor.Stage
		says    string
		states  string // of the gate, after "claiming ready "
	}{
		{"no-driver", supervisor.StageCheck, `no driver "lane"`, ""},
		{"needs-config", supervisor.StageCheck, "port", ""},
		{"refuses", supervisor.StageOpen, "no such gate in this version", "closing claiming failed closing claiming ready "},
		{"crashes", supervisor.StageOpen, "exit status 7", ""},
		{"offline", supervisor.StageOpen, "no answer from the lane", "closing claiming offline closing claiming ready "},
		{"hangs", supervisor.StageOpen, "claiming", "closing claiming closing claiming ready "},
	} {
		t.Run(tt.variant, func(t *testing.T) {
			t.Parallel()
			r := start(t, newJournal(), testSpec(), swapLimits(tt.variant), gateDef(""), shelfDef())
			if err := r.Opened(t.Context()); err != nil {
				t.Fatal(err)
			}
			pid := r.sup.Status()[0].PID
			err := r.upgrade(t.Context(), tt.variant, nil)
			var e *supervisor.UpgradeError
			if !errors.As(err, &e) || e.Stage != tt.stage || e.Back != nil || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v", err)
			}
			if st := r.sup.Status()[0]; st.PID != pid || st.State != supervisor.StateRunning {
				t.Errorf("status %+v", st)
			}
			if err := admit(t, r.Devices, "s1"); err != nil {
				t.Error(err)
			}
			w := words(states(r.journal.list(), "gate.north"))
			if tt.variant == "crashes" { // how much of it the open call sees is chance
				if !strings.HasPrefix(w, "claiming ready closing claiming ") || !strings.HasSuffix(w, "failed claiming ready ") {
					t.Errorf("states %s", w)
				}
			} else if w != "claiming ready "+tt.states {
				t.Errorf("states %s", w)
			}
			for _, address := range []string{"weight_shelf.top", "gate.north"} {
				noGaps(t, r.journal.list(), address)
			}
			// The next one is not in its way.
			if err := r.upgrade(t.Context(), "good", nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// A version is tried on devices that do not serve, too: one that dies of them is
// no good, and one that is no worse than the old is not held responsible.
func TestUpgradeOfWhatDoesNotServe(t *testing.T) {
	for _, tt := range []struct {
		variant string
		good    bool
	}{{"crashes", false}, {"hangs", true}, {"offline", true}, {"good", true}} {
		t.Run(tt.variant, func(t *testing.T) {
			t.Parallel()
			r := start(t, newJournal(), version("offline"), swapLimits(tt.variant), gateDef(""))
			r.journal.await(t, func(in []event.Input) bool {
				return strings.HasSuffix(words(states(in, "gate.north")), "offline ")
			})
			pid := r.sup.Status()[0].PID
			err := r.upgrade(t.Context(), tt.variant, nil)
			var e *supervisor.UpgradeError
			if !tt.good && (!errors.As(err, &e) || e.Stage != supervisor.StageOpen || e.Back != nil) || tt.good && err != nil {
				t.Fatalf("got %v", err)
			}
			if st := r.sup.Status()[0]; st.State != supervisor.StateRunning || (st.PID == pid) == tt.good {
				t.Errorf("status %+v, was %d", st, pid)
			}
		})
	}
}

func TestUpgradeDoesNotStart(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := r.Upgrade(t.Context(), "test", supervisor.Spec{Path: "/none/at/all"}, nil)
	var e *supervisor.UpgradeError
	var s *supervisor.StartError
	if !errors.As(err, &e) || e.Stage != supervisor.StageStart || !errors.As(err, &s) || s.Reason != supervisor.ReasonMissing {
		t.Errorf("got %v", err)
	}
	if err := r.Upgrade(t.Context(), "other", version("good"), nil); err == nil {
		t.Error("a plugin that nobody uses")
	}
	if err := r.upgrade(t.Context(), "good", &UpgradeOptions{Configs: map[string]json.RawMessage{"gate.south": nil}}); err == nil {
		t.Error("a config of a device that is not there")
	}
	if w := words(states(r.journal.list(), "gate.north")); w != "claiming ready " {
		t.Errorf("states %s", w)
	}
}

// A config that came with a version stays with it, and one of a version that is
// no good goes with it.
func TestUpgradeConfigs(t *testing.T) {
	r := start(t, newJournal(), testSpec(), &supervisor.Limits{RestartFirst: time.Millisecond}, gateDef(`{"worn":false}`))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	port := &UpgradeOptions{Configs: map[string]json.RawMessage{"gate.north": json.RawMessage(`{"port":"7"}`)}}
	if err := r.upgrade(t.Context(), "refuses", port); err == nil {
		t.Fatal("no error")
	}
	if err := r.upgrade(t.Context(), "other-config", nil); err == nil {
		t.Fatal("the old config suits the other version")
	}
	if err := r.upgrade(t.Context(), "needs-config", port); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		return strings.HasSuffix(words(states(in, "gate.north")), "failed claiming ready ")
	})
}

// One upgrade at a time, and none beside the end.
func TestUpgradesAtOnce(t *testing.T) {
	r := start(t, newJournal(), testSpec(), &supervisor.Limits{SwapWithin: time.Second}, gateDef(""))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	begun, first := make(chan struct{}), make(chan error, 1)
	go func() {
		first <- r.upgrade(context.Background(), "hangs", &UpgradeOptions{Progress: func(s supervisor.Stage) {
			if s == supervisor.StageOpen {
				close(begun)
			}
		}})
	}()
	<-begun
	if err := r.upgrade(t.Context(), "good", nil); !errors.Is(err, supervisor.ErrUpgrading) {
		t.Errorf("a second upgrade: %v", err)
	}
	if err := r.stop(); err != nil { // in the middle of it
		t.Error(err)
	}
	if err := <-first; err == nil {
		t.Error("an upgrade that the host's end cut off succeeded")
	}
	if err := r.upgrade(t.Context(), "good", nil); err == nil {
		t.Error("an upgrade after the end")
	}
}

// The old process dies while the devices move off it.
func TestUpgradeOldCrashes(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := r.sup.Status()[0].PID
	err := r.upgrade(t.Context(), "good", &UpgradeOptions{Progress: func(s supervisor.Stage) {
		if s == supervisor.StageMove {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}})
	if err != nil {
		t.Error(err)
	}
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Error(err)
	}
}

// A version that is put in place of one that was given up closes the circuit.
func TestUpgradeReleases(t *testing.T) {
	r := start(t, newJournal(), version("crashes"), &supervisor.Limits{RestartFirst: time.Millisecond}, gateDef(""))
	r.journal.await(t, func(in []event.Input) bool { return strings.HasSuffix(words(states(in, "gate.north")), "quarantined ") })
	if err := r.upgrade(t.Context(), "no-driver", nil); err == nil {
		t.Error("no error")
	}
	if st := r.sup.Status()[0]; st.State != supervisor.StateQuarantined {
		t.Errorf("after one that is no good: %+v", st)
	}
	if err := r.upgrade(t.Context(), "good", nil); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		return strings.HasSuffix(words(states(in, "gate.north")), "quarantined claiming ready ")
	})
}

// A payment that is under way ends on the old version; one that takes too long
// is cut off and can be looked up; one that comes meanwhile is made by the new.
func TestUpgradePayments(t *testing.T) {
	dir := t.TempDir()
	r := start(t, newJournal(), testSpec(), nil, cardsDef(dir))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, _, err := r.Payment("payment.cards")
	if err != nil {
		t.Fatal(err)
	}
	began := func(key string) {
		for t.Context().Err() == nil && !t.Failed() {
			if _, err := os.Stat(dir + "/" + key); err == nil {
				return
			}
			time.Sleep(time.Millisecond) // it is another process
		}
	}
	var wg sync.WaitGroup
	pay := func(key, takes string, want fault.Code) {
		wg.Go(func() {
			a, err := p.Authorize(context.Background(), payment.AuthorizeRequest{Key: key, Session: key, Token: takes, Amount: money.New(100, "EUR")})
			if fault.CodeOf(err) != want || err == nil && a.Reference != "hold-"+key {
				t.Errorf("%s: %+v, %v", key, a, err)
			}
		})
	}
	pay("short", "100ms", fault.None)
	pay("long", "1h", fault.Unknown)
	began("short")
	began("long")
	err = r.upgrade(t.Context(), "good", &UpgradeOptions{Progress: func(s supervisor.Stage) {
		if s == supervisor.StageOpen {
			pay("meanwhile", "1ms", fault.None)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	o, err := p.Lookup(t.Context(), payment.LookupRequest{Key: "long", Operation: payment.OperationAuthorize})
	if err != nil || o.Reference != "hold-long" {
		t.Errorf("looked up: %+v, %v", o, err)
	}
	c := r.Status()[0].Commands
	if len(c) != 5 || c[0].Name != "authorize" || c[0].Outcomes[fault.None] != 2 || c[0].Outcomes[fault.Unknown] != 1 ||
		c[0].Latency.Count() != 3 || c[4].Outcomes[fault.None] != 1 {
		t.Errorf("commands %+v", c)
	}
}

// A command that comes while a device moves and finds none in time has not left.
func TestHeldCommandGivesUp(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	v := r.all.Load().devices["gate.north"]
	v.traffic.hold()
	defer v.traffic.release()
	r.limits.HoldWithin = time.Millisecond
	if err := admit(t, r.Devices, "s1"); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "moving") {
		t.Errorf("got %v", err)
	}
	if l := r.Status()[0].LastError; !strings.Contains(l, "moving") {
		t.Errorf("last error %q", l)
	}
}

// A journal that stands still is no time for an upgrade, and nothing is lost.
func TestUpgradeWhileJournalStands(t *testing.T) {
	j := newJournal()
	j.blockers = make(chan struct{})
	r := start(t, j, testSpec(), &supervisor.Limits{SwapWithin: 4 * time.Second}, shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-j.blocked
	err := r.upgrade(t.Context(), "good", nil)
	var e *supervisor.UpgradeError
	if !errors.As(err, &e) || e.Stage != supervisor.StageMove || !strings.Contains(err.Error(), "journal") {
		t.Errorf("got %v", err)
	}
	close(j.blockers)
	r.journal.await(t, func(in []event.Input) bool { m, _ := masses(in, "weight_shelf.top"); return len(m) >= 3 })
	noGaps(t, r.journal.list(), "weight_shelf.top")
}
