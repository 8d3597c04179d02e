package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storefile"
)

// Whatever keeps a store from running is one clear error with its place, and
// nothing is left running.
func TestStoresThatDoNotStart(t *testing.T) {
	notPlugin := filepath.Join(t.TempDir(), "hello")
	if err := os.WriteFile(notPlugin, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pairs []string
		file  string // and line's text
		line  string
		want  string
	}{
		"a reference to nothing":                 {[]string{"processor = payment.cards", "processor = payment.crads"}, "policy.hcl", "processor = payment.crads", "crads"},
		"a plugin of another version":            {[]string{`plugin "palmetto" {`, "plugin \"palmetto\" {\n  version = \"~> 9.0\""}, "store.hcl", `version = "~> 9.0"`, "found is 0.1.0"},
		"no program for the peer":                {[]string{`"../../plugins/simulated/world"`, `"./none"`}, "store.hcl", `source = "./none"`, "there is no"},
		"not one plugin":                         {[]string{`"../../plugins/simulated"`, `"` + notPlugin + `"`}, "store.hcl", `source = "` + notPlugin, "handshake"},
		"a peer that ends":                       {[]string{`"--noise", var.noise`, `"--noise", "loud"`}, "store.hcl", `source = "`, "loud"},
		"a device that is not in the world":      {[]string{`credential_reader "palm_north"`, `credential_reader "palm_west"`}, "floor.hcl", `credential_reader "palm_west"`, "palm_west"},
		"a config that the driver does not know": {[]string{"world = peer.world.address", "wrold = peer.world.address"}, "floor.hcl", "wrold", "wrold"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, data := cornerWith(t, c.pairs...), t.TempDir()
			_, err := runCorner(t, data, nil, func(o *Options) { o.Dir, o.StopPeers = dir, false })
			var p *ProblemsError
			if !errors.As(err, &p) {
				t.Fatalf("error %T: %v", err, err)
			}
			if !slices.ContainsFunc(p.Problems, func(x storefile.Problem) bool {
				return x.Severity == storefile.Error && x.File == c.file && strings.Contains(x.Snippet, c.line) && strings.Contains(x.Summary+x.Detail, c.want)
			}) {
				t.Errorf("problems %+v", p.Problems)
			}
			if left, err := filepath.Glob(filepath.Join(data, "peers", "*.address")); err != nil || len(left) != 0 {
				t.Errorf("peers left: %v, %v", left, err)
			}
			if j, err := journal.Open(filepath.Join(data, JournalFile), nil); err != nil {
				t.Errorf("the journal is still held: %v", err)
			} else if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the files alone tell is told before any program is built.
func TestTextBeforePrograms(t *testing.T) {
	for name, c := range map[string]struct {
		pairs []string
		vars  map[string]string
		want  string
	}{
		"a variable that is not there": {nil, map[string]string{"spead": "max"}, `no variable "spead"`},
		"a reference to nothing":       {[]string{"payment.cards", "payment.crads"}, nil, "crads"},
	} {
		t.Run(name, func(t *testing.T) {
			var stages []string
			_, err := Run(t.Context(), Options{Dir: cornerWith(t, c.pairs...), Data: t.TempDir(), Vars: c.vars, Log: logTo(t),
				Progress: func(p Progress) { stages = append(stages, p.Stage) }})
			var p *ProblemsError
			if !errors.As(err, &p) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %T: %v", err, err)
			}
			if slices.Contains(stages, "build") || slices.Contains(stages, "describe") || !slices.Contains(stages, "load") {
				t.Errorf("stages %q", stages)
			}
		})
	}
}

func TestForeignJournal(t *testing.T) {
	data := t.TempDir()
	j, err := journal.Open(filepath.Join(data, JournalFile), &journal.Options{Store: "lisbon_12"})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := runCorner(t, data, nil, nil); !errors.Is(err, journal.ErrForeign) || !strings.Contains(err.Error(), "lisbon_12") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(data, "peers")); err == nil {
		t.Error("a peer was started")
	}
}

func TestTwoHostsOnOneFolder(t *testing.T) {
	data := t.TempDir()
	j, err := journal.Open(filepath.Join(data, JournalFile), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := runCorner(t, data, nil, nil); !errors.Is(err, journal.ErrInUse) {
		t.Errorf("error %v", err)
	}
}

// A plugin that is killed again and again is opened again by itself; nobody is
// charged for what they did not carry and no money is left open.
func TestKilledPlugins(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	killed := 0
	stop := make(chan struct{})
	done := make(chan struct{})
	sum, err := runCorner(t, data, map[string]string{"shoppers": "12", "seed": "5", "noise": "none", "speed": "60"}, func(o *Options) {
		o.Ready = func(r Running) {
			go func() {
				defer close(done)
				tick := time.NewTicker(700 * time.Millisecond)
				defer tick.Stop()
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					case <-tick.C:
					}
					all := r.Plugins()
					if p := all[n%len(all)]; p.PID > 1 && n < 2*len(all) {
						if err := syscall.Kill(p.PID, syscall.SIGKILL); err == nil {
							killed++
						}
					}
				}
			}()
		}
	})
	close(stop)
	<-done
	if err != nil {
		t.Fatal(err)
	}
	a := audited(t, data)
	t.Logf("%d kills: %+v", killed, a)
	if killed < 5 || a.Visits != 12 || !sound(a) || sum.Open != 0 || sum.Asks != 0 {
		t.Errorf("%d kills, %+v, %+v", killed, sum, a)
	}
}

// A run that is told to end stops in order and goes on later where it was.
func TestStopAndGoOn(t *testing.T) {
	data := t.TempDir()
	vars := map[string]string{"shoppers": "10", "seed": "8", "noise": "none", "speed": "max"}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := Options{limits: patient(), Dir: builtCorner(t), Data: data, Vars: vars, UntilIdle: true, HTTP: "127.0.0.1:0", Log: logTo(t)}
	o.Ready = func(r Running) {
		if !strings.HasPrefix(r.URL, "http://127.0.0.1:") || r.Health() != nil {
			t.Errorf("page at %q, health %v", r.URL, r.Health())
		}
		go func() {
			_ = r.View.Wait(ctx, 120) // or the run ended before
			cancel()
		}()
	}
	first, err := Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if rep, err := Verify(t.Context(), data); err != nil || rep.States != 1 {
		t.Errorf("after the first part: %+v, %v", rep, err)
	}
	sum, err := runCorner(t, data, vars, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := audited(t, data)
	// What changed on a shelf while nobody listened is in doubt, and may be the shopper's gain.
	if a.Visits != 10 || a.Exact < a.Receipts-1 || a.Overcharged > 0 || !sound(a) || sum.Records <= first.Records {
		t.Errorf("%+v, %+v, %+v", first, sum, a)
	}
}
