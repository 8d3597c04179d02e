package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// crowd is a session of one of many: it tells who is up.
type crowd struct {
	name string
	up   chan<- string
	down chan<- string
}

func (c *crowd) Run(ctx context.Context, in *Instance) error {
	if _, err := in.Plugin().Health(ctx); err != nil {
		return err
	}
	c.up <- c.name
	<-ctx.Done()
	if crash := new(Crash); errors.As(context.Cause(ctx), &crash) {
		c.down <- c.name
	}
	return nil
}

func (*crowd) Health(*Instance, []host.DeviceHealth) {}
func (*crowd) Changed(context.Context, Status)       {}

// TestOneBroken starts twenty plugins at a time of which one is broken, in each
// of six ways: the others run, none of them is restarted, and the error names
// the plugin and what is wrong with it.
func TestOneBroken(t *testing.T) {
	all := 20
	if testing.Short() {
		all = 6
	}
	for _, tt := range []struct {
		name   string
		spec   func(t *testing.T) Spec
		reason Reason
		says   string
	}{
		{"missing", func(t *testing.T) Spec { return Spec{Path: filepath.Join(t.TempDir(), "none")} }, ReasonMissing, "there is no such file"},
		{"corrupt", corrupt, ReasonExited, "its file may be damaged"},
		{"crashes at start", mode("exit"), ReasonExited, "exit status 3"},
		{"hangs at start", mode("hang"), ReasonHung, "was not ready within"},
		{"rubbish on stdout", mode("rubbish"), ReasonNoHandshake, "Acme driver"},
		{"wrong version", mode("contract"), ReasonOtherContract, "contract version 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			failed := make(chan Status, 1) // the broken one, as soon as its cause is known
			s := supervise(t, Options{Notify: func(st Status) {
				if st.Name == "broken" && st.Cause != nil {
					select {
					case failed <- st:
					default:
					}
				}
			}})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var kept sync.WaitGroup
			up, down := make(chan string, all), make(chan string, all)
			begin := func(name string, sp Spec) {
				sp.Name = name
				if name == "broken" {
					sp.StartWithin = StartWithin // one of them is late
				}
				kept.Go(func() {
					if err := s.Keep(ctx, sp, &crowd{name, up, down}); err != nil {
						t.Error(err)
					}
				})
			}
			broken := tt.spec(t)
			began := time.Now()
			for n := range all - 1 {
				begin(fmt.Sprintf("good%02d", n), spec("serve"))
				if n == all/2 {
					begin("broken", broken)
				}
			}
			for range all - 1 {
				if name := <-up; name == "broken" {
					t.Fatal("the broken one is up")
				}
			}
			t.Logf("%d others up after %v", all-1, time.Since(began).Round(time.Millisecond))
			checkBroken(t, <-failed, s.Status(), tt.reason, tt.says, broken.Path)
			t.Logf("its cause after %v", time.Since(began).Round(time.Millisecond))
			cancel()
			kept.Wait()
			t.Logf("all stopped after %v", time.Since(began).Round(time.Millisecond))
			if len(down) > 0 {
				t.Errorf("%s went down", <-down)
			}
		})
	}
}

// checkBroken looks at the broken one and at all statuses.
func checkBroken(t *testing.T, st Status, all []Status, reason Reason, says, path string) {
	t.Helper()
	var start *StartError
	if !errors.As(st.Cause, &start) || start.Reason != reason || st.State == StateRunning {
		t.Fatalf("%s: %v", st.State, st.Cause)
	}
	for _, want := range []string{`plugin "broken"`, path, says} {
		if !strings.Contains(st.Cause.Error(), want) {
			t.Errorf("%q does not say %q", st.Cause, want)
		}
	}
	for _, other := range all {
		if other.Name != "broken" && (other.State != StateRunning || other.Restarts != 0 || other.Cause != nil) {
			t.Errorf("%s: %s, %d restarts, %v", other.Name, other.State, other.Restarts, other.Cause)
		}
	}
}

func mode(name string) func(*testing.T) Spec { return func(*testing.T) Spec { return spec(name) } }

// corrupt is a program of which only the head is whole.
func corrupt(t *testing.T) Spec {
	t.Helper()
	b, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	copy(b[64:], bytes.Repeat([]byte{0}, len(b)-64))
	path := filepath.Join(t.TempDir(), "corrupt")
	if err := os.WriteFile(path, b, 0o700); err != nil {
		t.Fatal(err)
	}
	return Spec{Path: path}
}
