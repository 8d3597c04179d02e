package wired

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaisle/aisle/framework/simulate"
)

var (
	seeds = flag.Int("seeds", 3, "how many seeds are run")
	from  = flag.Uint64("from", 1, "the first seed")
	story = flag.Bool("story", false, "tell what happens")
	logs  = flag.Bool("logs", false, "print the host's log")
	keep  = flag.String("keep", "", "a folder for the stories of seeds that fail, which another run of them may not repeat")
)

func TestMain(m *testing.M) {
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// diary is written to by the world and the host at once.
type diary struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.b.Write(b)
}

// in runs a seed in a bubble of its own.
func in(t *testing.T, seed uint64, o Options) (r Result) {
	o.Leases = t.TempDir()
	if *story {
		o.Story = os.Stderr
	}
	if *logs {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	var kept diary
	if *keep != "" {
		o.Story, o.Log = &kept, slog.New(slog.NewTextHandler(&kept, nil))
	}
	synctest.Test(t, func(*testing.T) { r = Run(seed, o) })
	if *keep != "" && len(r.Violations) > 0 {
		if err := os.WriteFile(filepath.Join(*keep, fmt.Sprint(seed, ".txt")), kept.b.Bytes(), 0o600); err != nil {
			t.Error(err)
		}
	}
	return r
}

// Seeds with faults: nothing that must hold is broken.
func TestSeeds(t *testing.T) {
	sum := map[string]int{}
	sessions, unknown, violations := 0, 0, 0
	var virtual time.Duration
	for seed := *from; seed < *from+uint64(*seeds); seed++ { //nolint:gosec // not negative
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			r := in(t, seed, Options{})
			for _, v := range r.Violations {
				t.Errorf("%s %s at %s: %s", v.ID, v.Session, v.At.Format(time.TimeOnly), v.Text)
			}
			if len(r.Violations) > 0 {
				t.Errorf("replay: go test ./framework/simulate/wired -run Seeds -seeds 1 -from %d -story", seed)
			}
			for id, n := range r.Faults {
				sum[id] += n
			}
			sessions, unknown, violations = sessions+r.Tally.Sessions, unknown+r.Tally.Unknown, violations+len(r.Violations)
			virtual += r.Virtual
			t.Logf("%d visits, %d hosts, %d calls, %v, %+v, %+v, %v", r.Visits, r.Hosts, r.Calls, r.Virtual.Round(time.Second), r.Tally, r.Evidence, r.Faults)
		})
	}
	var text string
	for _, id := range slices.Sorted(maps.Keys(sum)) {
		text += fmt.Sprintf(" %s=%d", id, sum[id])
	}
	t.Logf("%d seeds, %d sessions, %d unknown outcomes, %d violations, %v of shop; faults:%s", *seeds, sessions, unknown, violations, virtual.Round(time.Minute), text)
}

// Without faults each receipt is exactly what was taken, and each report comes.
func TestExact(t *testing.T) {
	r := in(t, 5, Options{NoFaults: true})
	for _, v := range r.Violations {
		t.Errorf("%s %s: %s", v.ID, v.Session, v.Text)
	}
	if r.Tally.Receipts == 0 || r.Tally.Exact < r.Tally.Receipts || r.Evidence.Journalled != r.Evidence.Reported || r.Evidence.Reported == 0 {
		t.Errorf("%+v %+v", r.Tally, r.Evidence)
	}
	t.Logf("%+v %+v %v", r.Tally, r.Evidence, r.Virtual)
}

// What is injected here says so in the catalogue, and nothing else does.
func TestCatalogue(t *testing.T) {
	here := map[string]bool{}
	for _, f := range table {
		here[f.ID] = true
	}
	for _, f := range simulate.Catalogue() {
		if says := strings.Contains(f.Tiers, "W"); says != here[f.ID] {
			t.Errorf("%s: the catalogue has tiers %q, and the table of this tier has it: %v", f.ID, f.Tiers, here[f.ID])
		}
	}
}
