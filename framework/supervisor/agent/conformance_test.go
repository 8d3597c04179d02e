package agent

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// inTest is a plugin that runs in the test, as a process that an agent started.
type inTest struct {
	plugin   *host.Plugin
	done     chan struct{}
	outdated atomic.Bool
}

func (p *inTest) Plugin() *host.Plugin  { return p.plugin }
func (p *inTest) PID() int              { return 1 }
func (p *inTest) Done() <-chan struct{} { return p.done }
func (p *inTest) Err() error            { return nil }
func (p *inTest) Dropped() int64        { return 0 }
func (p *inTest) Outdated() bool        { return p.outdated.Load() }
func (p *inTest) Kill()                 {}
func (p *inTest) Stop() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

// through gives a plugin's far end: TLS, lease and forwarder are between it and
// the plugin.
func through(t testing.TB, s store, dir string, p sdk.Plugin) *host.Plugin {
	t.Helper()
	near := classtest.InProcess(t, p)
	a := s.serveWith(t, dir, "127.0.0.1:0", func(context.Context, supervisor.Spec) (process, error) {
		return &inTest{plugin: near, done: make(chan struct{})}, nil
	})
	return start(t, s.link(t, a.address)).Plugin()
}

// The suite judges a gate behind an agent as it judges it here: the same cases
// pass, and, with a lane that lets nobody through, the same ones fail.
func TestConformanceThroughAnAgent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	dir := s.identity(t, RoleAgent, "back", time.Now())
	// A lane that lets nobody through is waited for in vain; whatever else is waited
	// for comes, however busy the machine.
	patience := map[bool]time.Duration{false: within, true: 5 * time.Second}
	harness := func(remote, stuck bool) gatetest.Harness {
		var fake *gatetest.Fake
		return gatetest.Harness{
			Subject: classtest.Subject{Driver: "fake", Config: gatetest.FakeConfig, Patience: patience[stuck], Start: func(t testing.TB) *host.Plugin {
				fake = gatetest.NewFake()
				if remote {
					return through(t, s, dir, fake.Plugin())
				}
				return classtest.InProcess(t, fake.Plugin())
			}},
			Pass:   func(_ testing.TB, d observe.Direction) bool { return !stuck && fake.Pass(d) },
			Counts: true,
		}
	}
	if failed := classtest.Failures(t, gatetest.Cases(harness(true, false))); len(failed) > 0 {
		t.Errorf("behind an agent it fails %v", failed)
	}
	here := slices.Sorted(maps.Keys(classtest.Failures(t, gatetest.Cases(harness(false, true)))))
	there := slices.Sorted(maps.Keys(classtest.Failures(t, gatetest.Cases(harness(true, true)))))
	if len(here) == 0 || !slices.Equal(here, there) {
		t.Errorf("stuck, it fails %q here and %q behind an agent", here, there)
	}
}
