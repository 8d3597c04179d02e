package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/simulate/audit"
)

// The waits of a failure drill, in real time.
const (
	// reachWithin is how long a store has to answer once it is open.
	reachWithin = 30 * time.Second
	// backWithin is how long devices have to serve again after a failure: a
	// plugin that hangs is noticed after 4 s, and a device without power is
	// tried again after 30 s at most.
	backWithin = 90 * time.Second
	// lookEvery is how often a store is looked at meanwhile.
	lookEvery = 20 * time.Millisecond
	// calmSpan is the longest pause before a failure.
	calmSpan = time.Second
)

// Failure does something to a running store and returns once the host has
// noticed.
type Failure func(ctx context.Context, s *Store) (Deed, error)

// Deed is what was done.
type Deed struct {
	// Name says it for people.
	Name string
	// Touches tells the devices that it was done to. No other may lose a report,
	// or be opened anew, or serve any less.
	Touches func(control.Device) bool
	// Keeps says that these, too, go on in the same opening and lose nothing.
	Keeps bool
	// Felt names others that felt it while it lasted.
	Felt []string
	// Over is when it was over, where it lasts; the way back begins there. Within
	// is how long that may take; 0 is as long as any failure.
	Over   time.Time
	Within time.Duration
}

// Store is a running store that a failure is done to.
type Store struct {
	*control.Client
	// State is how it was just before.
	State control.State
	// Data is its data folder.
	Data string
	Rand *rand.Rand
}

// FailureOptions say what to drill.
type FailureOptions struct {
	// Kind names the drill in its result.
	Kind string
	// Times is how many failures there shall be, Seed decides the moments and
	// the shoppers, Shoppers come to each store.
	Times    int
	Seed     uint64
	Shoppers int
	// Work is a folder for the data folders of the stores.
	Work string
	// Command gives the command line that opens a store on a data folder and
	// ends when its shoppers have left.
	Command func(data string, seed uint64) []string
	// Do is the failure.
	Do Failure
	// OpenLine, Prices, Stop and Progress are as in Options.
	OpenLine string
	Prices   map[string]int64
	Stop     func(data string) error
	Progress func(line string)
}

// FailureResult is what a failure drill found.
type FailureResult struct {
	Kind   string `json:"drill"`
	Times  int    `json:"times"`
	Stores int    `json:"stores"`
	Seed   uint64 `json:"seed"`
	// Visits are all that came, Inside those that did not get out again.
	Visits int `json:"visits"`
	Inside int `json:"inside"`
	// Receipts are Exact, Overcharged or Undercharged.
	Receipts     int `json:"receipts"`
	Exact        int `json:"exact"`
	Overcharged  int `json:"overcharged"`
	Undercharged int `json:"undercharged"`
	// Lost, Doubled and Stuck are as in Result.
	Lost    int `json:"lost"`
	Doubled int `json:"doubled"`
	Stuck   int `json:"stuck"`
	// SoldAfter is how many visits began after a failure and were charged or
	// released in the end.
	SoldAfter int `json:"sold_after"`
	// BackMS is the longest time from a failure until all devices served again.
	BackMS int64 `json:"back_ms"`
	// Late says which ways back took longer than the failure allows.
	Late []string `json:"late"`
	// Hurt names devices that it was not done to and that felt it, and those
	// that lost more by it than they may.
	Hurt     []string        `json:"others_hurt"`
	Findings []audit.Finding `json:"findings"`
}

// OK reports whether nobody was hurt and the store went on selling.
func (r FailureResult) OK() bool {
	return r.Overcharged+r.Lost+r.Doubled+r.Stuck+r.Inside+len(r.Hurt)+len(r.Late) == 0 && r.SoldAfter > 0
}

// Fail opens stores with shoppers, does the failure to them, and lets them
// finish, until it was done as often as it was told.
func Fail(ctx context.Context, o FailureOptions) (FailureResult, error) {
	f := failing{opt: o, rng: rand.New(rand.NewPCG(o.Seed, o.Seed)), result: FailureResult{Kind: o.Kind, Seed: o.Seed, Late: []string{}, Hurt: []string{}, Findings: []audit.Finding{}}}
	for f.result.Times < o.Times {
		if err := f.store(ctx); err != nil {
			return f.result, err
		}
	}
	return f.result, nil
}

type failing struct {
	opt    FailureOptions
	rng    *rand.Rand
	result FailureResult
}

// store runs one store to its end, and does failures to it while it has
// shoppers that are still to come.
func (f *failing) store(ctx context.Context) (err error) {
	f.result.Stores++
	seed := f.opt.Seed*1000 + uint64(f.result.Stores) //nolint:gosec // a count
	data := filepath.Join(f.opt.Work, fmt.Sprintf("store-%d", f.result.Stores))
	c, err := start(f.opt.Command(data, seed), f.opt.OpenLine)
	if err != nil {
		return err
	}
	defer func() {
		if c.end(); err != nil {
			err = errors.Join(fmt.Errorf("store %d, data in %s: %w", f.result.Stores, data, err), errors.New(c.said()), f.opt.Stop(data))
		}
	}()
	select {
	case <-c.opened:
	case <-c.exited:
		return fmt.Errorf("it ended before it opened: %w", c.err)
	case <-ctx.Done():
		return ctx.Err()
	}
	sessions, err := f.failures(ctx, c, data)
	if err != nil {
		return err
	}
	if err := c.finish(ctx, patience); err != nil {
		return err
	}
	return f.judge(data, sessions)
}

// failures does failures to a store until half of its shoppers have come, or
// all failures are done. It gives how many visits had begun at the last.
func (f *failing) failures(ctx context.Context, c *child, data string) (begun int, err error) {
	s := &Store{Client: control.NewClient(data), Data: data, Rand: f.rng}
	for done := 0; ; done++ {
		sessions, err := f.await(ctx, c, s, reachWithin, func(now control.State) bool { return ready(now) && now.Engine.Sessions > 0 })
		if err != nil {
			return 0, fmt.Errorf("wait for shoppers: %w", err)
		}
		if f.result.Times == f.opt.Times || done > 0 && sessions > f.opt.Shoppers/2 {
			return begun, nil
		}
		if err := pause(ctx, time.Duration(f.rng.Int64N(int64(calmSpan)))); err != nil {
			return 0, err
		}
		if s.State, err = s.Client.State(ctx); err != nil {
			return 0, err
		}
		if begun, err = f.failure(ctx, c, s); err != nil {
			return 0, err
		}
	}
}

// failure does one failure, and gives how many visits had begun when all devices
// served again.
func (f *failing) failure(ctx context.Context, c *child, s *Store) (begun int, err error) {
	began := time.Now()
	deed, err := f.opt.Do(ctx, s)
	if err != nil {
		return 0, err
	}
	if begun, err = f.await(ctx, c, s, backWithin, ready); err != nil {
		return 0, fmt.Errorf("%s: the devices do not serve again: %w", deed.Name, err)
	}
	if !deed.Over.IsZero() {
		began = deed.Over
	}
	took := time.Since(began)
	if deed.Within > 0 && took > deed.Within {
		f.result.Late = append(f.result.Late, fmt.Sprintf("%s: %.2f s until all served again, %v allowed", deed.Name, took.Seconds(), deed.Within))
	}
	now, err := s.Client.State(ctx)
	if err != nil {
		return 0, err
	}
	f.result.Hurt = append(append(f.result.Hurt, deed.Felt...), hurt(s.State, now, deed)...)
	f.result.Times++
	f.result.BackMS = max(f.result.BackMS, took.Milliseconds())
	f.opt.Progress(fmt.Sprintf("failure %d of %d: %s, all serve again after %.2f s", f.result.Times, f.opt.Times, deed.Name, took.Seconds()))
	return begun, nil
}

// hurt names the devices that felt a deed that may not.
func hurt(before, after control.State, deed Deed) (names []string) {
	for _, d := range after.Devices {
		i := slices.IndexFunc(before.Devices, func(b control.Device) bool { return b.Address == d.Address })
		if deed.Touches(d) && !deed.Keeps || i < 0 {
			continue
		}
		b := before.Devices[i]
		if d.Epoch != b.Epoch || d.Evidence.Gaps != b.Evidence.Gaps || d.State != b.State {
			names = append(names, fmt.Sprintf("%s: %s, opening %d, %d gaps; before %s, opening %d, %d gaps, when %s",
				d.Address, d.State, d.Epoch, d.Evidence.Gaps, b.State, b.Epoch, b.Evidence.Gaps, deed.Name))
		}
	}
	return names
}

// ready reports whether all devices of a store serve.
func ready(s control.State) bool {
	for _, d := range s.Devices {
		if d.State != "ready" && d.State != "degraded" {
			return false
		}
	}
	return len(s.Devices) > 0
}

// await waits until a store is as it shall be, and gives how many visits have
// begun by then.
func (f *failing) await(ctx context.Context, c *child, s *Store, within time.Duration, is func(control.State) bool) (int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("not within %v", within))
	defer cancel()
	for {
		select {
		case <-c.exited:
			return 0, errors.New("the store ended before: give more shoppers")
		default:
		}
		now, err := s.Client.State(ctx)
		var none *control.NotRunningError
		switch {
		case errors.As(err, &none):
		case err != nil:
			return 0, err
		case is(now):
			return f.visits(ctx, s)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return 0, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// visits counts the visits that have begun.
func (f *failing) visits(ctx context.Context, s *Store) (int, error) {
	sum, err := s.Client.Summary(ctx)
	return sum.Sessions, err
}

// judge audits a store that has ended. Of begun visits it is not known whether
// they came after a failure; of the others it is.
func (f *failing) judge(data string, begun int) error {
	b, err := audit.Read(data)
	if err != nil {
		return err
	}
	if b.NoTruth || b.NoLedger {
		return fmt.Errorf("%s has no truth or no ledger: nobody can say what became of its visits", data)
	}
	a := audit.Audit(b, &audit.Options{Prices: f.opt.Prices})
	r := &f.result
	r.Visits += a.Visits
	r.Inside += max(0, f.opt.Shoppers-a.Visits)
	r.Receipts += a.Receipts
	r.Exact += a.Exact
	r.Overcharged += a.Overcharged
	r.Undercharged += a.Undercharged
	r.Lost += a.Lost
	r.Doubled += a.Doubled
	r.Stuck += a.UnresolvedHolds
	r.SoldAfter += max(0, a.Receipts-begun)
	for _, x := range a.Findings {
		if x.Verdict != audit.Undercharged {
			r.Findings = append(r.Findings, x)
		}
	}
	f.opt.Progress(fmt.Sprintf("store %d: %d visits, %d receipts: %d exact, %d overcharged, %d undercharged",
		r.Stores, a.Visits, a.Receipts, a.Exact, a.Overcharged, a.Undercharged))
	if r.OK() {
		return os.RemoveAll(data)
	}
	return nil
}
