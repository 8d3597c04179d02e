package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/simulate/audit"
)

// The victims of a drill with charges in flight.
const (
	VictimHost      = "host"
	VictimPlugin    = "plugin"
	VictimProcessor = "processor"
)

const (
	// passing bounds how many charges are let pass between two kills: none or one,
	// for most of a kill's time went to waiting for the next.
	passing = 2
	// heldSpan is for how long the answers of a charge are held back before the
	// kill: as often before the processor acted as after it.
	heldSpan = 300 * time.Millisecond
	// pluginKills is how often a plugin is killed under one host: one that ends
	// again and again is given up, and that is another drill. givenUp is its state
	// then.
	pluginKills = 3
	givenUp     = "quarantined"
	// maxStarts is how often in a row a host may fail to come up: a machine under
	// load may take longer than a plugin is given.
	maxStarts = 20
	// refundOneIn is how many captures there are to one that is given back.
	refundOneIn = 4
	// goneWithin is how long what was killed may hold its line.
	goneWithin = 20 * time.Second
	// releaseEvery is how often it is looked whether a plugin was given up.
	releaseEvery = time.Second
	// booksName is the processor's folder beside a store's data folder.
	booksName = "bank"
)

// FlightOptions say what to drill.
type FlightOptions struct {
	// Kills is how many kills with a charge in flight there shall be.
	Kills int
	// From numbers the first store, which seeds all that is left to chance;
	// Shoppers come to each.
	From     uint64
	Shoppers int
	// AtOnce is how many stores are open at a time.
	AtOnce int
	// Work is a folder for the stores' data. Paths of sockets lie below it.
	Work string
	// Bank makes the processor of a store for its folder.
	Bank func(dir string) *Bank
	// Command is the command line that opens a store, or goes on with it, with
	// the processor's address.
	Command func(data, bank string, seed uint64) []string
	// Refund orders that a session's money be given back.
	Refund func(ctx context.Context, data, session, id string) error
	// OpenLine, Prices, Stop and Progress are as in Options.
	OpenLine string
	Prices   map[string]int64
	Stop     func(data string) error
	Progress func(line string)
}

// FlightResult is what a drill with charges in flight found.
type FlightResult struct {
	From   uint64 `json:"from"`
	Stores int    `json:"stores"`
	// Kills are those that struck while a charge was asked for and not answered;
	// Killed says who was killed, InFlight which charges were under way.
	Kills    int            `json:"kills"`
	Killed   map[string]int `json:"killed"`
	InFlight map[string]int `json:"charges_in_flight"`
	// Charges were asked of the processors in all.
	Charges  int `json:"charges"`
	Sessions int `json:"sessions"`
	Refunds  int `json:"refunds"`
	// Released are plugins that the host gave up, as it does with one that ends or
	// does not start again and again, and that were ordered back by hand.
	Released int `json:"released"`
	// Lost, Doubled and Stuck are as in Result; Apart are visits of which the
	// processor's ledger has another sum than the receipt.
	Lost    int     `json:"lost"`
	Doubled int     `json:"doubled"`
	Stuck   int     `json:"stuck"`
	Apart   int     `json:"apart"`
	Seconds float64 `json:"seconds"`

	Findings []audit.Finding `json:"findings"`
}

// OK reports whether nobody was hurt.
func (r *FlightResult) OK() bool { return r.Lost+r.Doubled+r.Stuck+r.Apart == 0 }

// NewFlightResult is the result of nothing.
func NewFlightResult(from uint64) FlightResult {
	return FlightResult{From: from, Killed: map[string]int{}, InFlight: map[string]int{}, Findings: []audit.Finding{}}
}

// AddFlights adds up two runs. The error is of stores that are in both.
func AddFlights(a, b FlightResult) (FlightResult, error) {
	if end := a.From + uint64(a.Stores); b.From < end && a.From < b.From+uint64(b.Stores) { //nolint:gosec // counts
		return a, fmt.Errorf("stores %d to %d are in it already: go on with --from %d", a.From, end-1, end)
	}
	sum := NewFlightResult(min(a.From, b.From))
	sum.add(a)
	sum.add(b)
	return sum, nil
}

func (r *FlightResult) add(o FlightResult) {
	r.Stores += o.Stores
	r.Kills += o.Kills
	for k, n := range o.Killed {
		r.Killed[k] += n
	}
	for k, n := range o.InFlight {
		r.InFlight[k] += n
	}
	r.Charges, r.Sessions, r.Refunds = r.Charges+o.Charges, r.Sessions+o.Sessions, r.Refunds+o.Refunds
	r.Released += o.Released
	r.Lost, r.Doubled, r.Stuck, r.Apart = r.Lost+o.Lost, r.Doubled+o.Doubled, r.Stuck+o.Stuck, r.Apart+o.Apart
	r.Seconds += o.Seconds
	r.Findings = append(r.Findings, o.Findings...)
}

// Flights opens stores and kills their hosts, plugins and processors while
// charges are in flight, until it has killed as often as it was told. Each store
// then lets its shoppers finish.
func Flights(ctx context.Context, o FlightOptions) (FlightResult, error) {
	began := time.Now()
	sum := NewFlightResult(o.From)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var errs error
	var all sync.WaitGroup
	next := o.From
	for range max(1, o.AtOnce) {
		all.Go(func() {
			for {
				mu.Lock()
				n, over := next, sum.Kills >= o.Kills || errs != nil || ctx.Err() != nil
				if !over {
					next++
				}
				mu.Unlock()
				if over {
					return
				}
				s := newFlying(o, n)
				s.told = func() (left int) {
					mu.Lock()
					defer mu.Unlock()
					if sum.Kills++; sum.Kills%10 == 0 {
						o.Progress(fmt.Sprintf("kill %d of %d, after %.0f s", sum.Kills, o.Kills, time.Since(began).Seconds()))
					}
					return o.Kills - sum.Kills
				}
				err := s.run(ctx)
				mu.Lock()
				s.result.Kills = 0 // counted as they struck
				sum.add(s.result)
				if err != nil && errs == nil {
					errs = fmt.Errorf("store %d, data in %s: %w", n, s.dir, err)
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	sum.Seconds = time.Since(began).Seconds()
	return sum, errs
}

// flying is one store of the drill.
type flying struct {
	opt  FlightOptions
	seed uint64
	// dir is the store's folder; its data and the processor's lie in it.
	dir, data string
	rng       *rand.Rand
	result    FlightResult
	told      func() (left int)

	bank *Bank
	wire *Wire
	host *child
	// crashes counts the kills of the plugin under the host that lives now.
	crashes int
	// over says that nobody is killed any more.
	over bool
	// back are the sessions whose money is to be given back.
	back []string
}

func newFlying(o FlightOptions, seed uint64) *flying {
	f := &flying{opt: o, seed: seed, dir: filepath.Join(o.Work, fmt.Sprint(seed)), rng: rand.New(rand.NewPCG(seed, o.From)), result: NewFlightResult(seed)}
	f.data, f.result.Stores = filepath.Join(f.dir, "data"), 1
	return f
}

// run runs one store to its end.
func (f *flying) run(ctx context.Context) (err error) {
	line := filepath.Join(f.dir, "line") // apart from the data, which no plugin may see
	for _, folder := range []string{f.data, line} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	f.bank = f.opt.Bank(filepath.Join(f.dir, booksName))
	if err := f.bank.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.bank.Kill()) }()
	socket := filepath.Join(line, "s")
	if f.wire, err = Lay(socket, f.bank.dial); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.wire.Close()) }()
	defer func() {
		if err != nil {
			err = errors.Join(err, f.opt.Stop(f.data))
		}
	}()
	for again, starts := true, 0; again; {
		if f.host, err = start(f.opt.Command(f.data, "unix:"+socket, f.seed), f.opt.OpenLine); err != nil {
			return err
		}
		again, err = f.live(ctx)
		f.host.end()
		if starts++; f.host.wasOpen() {
			starts = 0
		}
		if err != nil && (ctx.Err() != nil || starts == 0 || starts == maxStarts) { // one that did not come up is started again, as whoever keeps it does
			return errors.Join(err, errors.New(f.host.said()))
		}
		again = again || err != nil
	}
	f.result.Charges = f.wire.charged
	return f.judge()
}

// live lets one host live, and reports whether it was killed.
func (f *flying) live(ctx context.Context) (killed bool, err error) {
	late := time.NewTimer(patience)
	defer late.Stop()
	look := time.NewTicker(releaseEvery)
	defer look.Stop()
	left := f.rng.IntN(passing)
	f.crashes = 0
	for {
		select {
		case c := <-f.wire.Asked:
			late.Reset(patience)
			f.refund(ctx, c)
			if left--; left >= 0 || f.over {
				continue
			}
			left = f.rng.IntN(passing)
			if killed, err = f.strike(ctx, c); killed || err != nil {
				return killed, err
			}
		case <-look.C:
			f.release(ctx)
		case <-f.host.exited:
			return false, f.host.finish(ctx, patience)
		case <-ctx.Done():
			return false, ctx.Err()
		case <-late.C:
			return false, fmt.Errorf("it did not end within %v of its last charge", patience)
		}
	}
}

// refund orders that the money of some captures be given back, a while after
// they were asked for. An order that a killed host did not answer is given again
// under its id.
func (f *flying) refund(ctx context.Context, c Charge) {
	if n := len(f.back); n > 0 && c.Session != f.back[0] && f.opt.Refund(ctx, f.data, f.back[0], "drill-"+f.back[0]) == nil {
		f.back = f.back[1:]
	}
	if c.Deed == "capture" && f.rng.IntN(refundOneIn) == 0 && !slices.Contains(f.back, c.Session) {
		f.back = append(f.back, c.Session)
	}
}

// strike kills somebody while a charge is in flight, and reports whether it was
// the host.
func (f *flying) strike(ctx context.Context, c Charge) (host bool, err error) {
	victim, plugin := []string{VictimHost, VictimPlugin, VictimProcessor}[f.rng.IntN(3)], 0
	if victim == VictimPlugin && f.crashes == pluginKills {
		victim = VictimHost
	}
	if victim == VictimPlugin {
		if plugin = f.plugin(ctx); plugin == 0 {
			return false, nil // it has just been killed
		}
	}
	if !f.wire.Hold(c) {
		return false, nil // it was answered meanwhile
	}
	defer f.wire.Release()
	if err := pause(ctx, time.Duration(f.rng.Int64N(int64(heldSpan)))); err != nil {
		return false, err
	}
	flying := f.wire.Flying()
	if len(flying) == 0 {
		return false, nil // whoever asked has gone by itself
	}
	switch victim {
	case VictimHost:
		_ = f.host.cmd.Process.Kill() // one that has just ended can't be killed: its state tells
		<-f.host.exited
		if f.host.cmd.ProcessState.Exited() {
			return false, f.host.finish(ctx, patience)
		}
		f.wire.Cut()
	case VictimPlugin:
		if err := syscall.Kill(plugin, syscall.SIGKILL); err != nil {
			return false, nil //nolint:nilerr // it has gone by itself
		}
		f.wire.Release() // a held answer goes to nobody
		if err := f.wire.Ended(ctx, c, goneWithin); err != nil {
			return false, err
		}
		f.crashes++
	case VictimProcessor:
		if err := f.bank.Kill(); err != nil {
			return false, err
		}
		f.wire.Cut()
		if err := f.bank.Start(ctx); err != nil {
			return false, err
		}
	}
	f.result.Killed[victim]++
	for deed, n := range flying {
		f.result.InFlight[deed] += n
	}
	f.over = f.told() <= 0
	return victim == VictimHost, nil
}

// release orders plugins back that the host gave up: a busy machine may not start
// one in time, and then a few kills are enough. Nothing but an order does that, so
// that a store would stay open for ever with money under way.
func (f *flying) release(ctx context.Context) {
	client := control.NewClient(f.data)
	now, err := client.State(ctx)
	if err != nil {
		return // it starts or ends
	}
	for i := range now.Plugins {
		p := &now.Plugins[i]
		if p.State != givenUp {
			continue
		}
		if _, err := client.Release(ctx, p.Name, control.By{Actor: "drill", Reason: "killed on purpose"}); err == nil {
			f.result.Released++
		}
	}
}

// plugin is the process of the processor's plugin, 0 for none.
func (f *flying) plugin(ctx context.Context) int {
	now, err := control.NewClient(f.data).State(ctx)
	if err != nil {
		return 0
	}
	for _, d := range now.Devices {
		if p, ok := now.Plugin(d.Plugin); d.Class == "payment" && ok && p.State == "running" {
			return p.PID
		}
	}
	return 0
}

// judge holds the processor's own ledger against the truth and the receipts.
func (f *flying) judge() error {
	b, err := audit.Read(f.data)
	if err != nil {
		return err
	}
	books, err := audit.Read(filepath.Join(f.dir, booksName))
	if err != nil {
		return err
	}
	b.Ledger, b.NoLedger = books.Ledger, books.NoLedger
	if b.NoTruth || b.NoLedger {
		return errors.New("no truth or no ledger: nobody can say what became of its visits")
	}
	a := audit.Audit(b, &audit.Options{Prices: f.opt.Prices})
	r := &f.result
	r.Sessions, r.Doubled, r.Stuck = a.Visits, a.Doubled, a.UnresolvedHolds
	r.Lost = a.Lost + max(0, f.opt.Shoppers-a.Visits)
	for _, m := range b.Ledger {
		if m.Op == "refund" {
			r.Refunds++
		}
	}
	for _, x := range a.Findings {
		if x.Money != "" {
			r.Apart++
		}
		if x.Money != "" || x.Verdict == audit.Lost || x.Verdict == audit.Doubled || x.Verdict == audit.Stuck {
			r.Findings = append(r.Findings, x)
		}
	}
	if a.Visits < f.opt.Shoppers {
		r.Findings = append(r.Findings, audit.Finding{Verdict: audit.Lost, Detail: fmt.Sprintf("%s: %d visits of %d ended", f.data, a.Visits, f.opt.Shoppers)})
	}
	f.opt.Progress(fmt.Sprintf("store %d: %d visits, %d charges, killed %v: lost %d, doubled %d, stuck %d, apart %d",
		f.seed, a.Visits, r.Charges, r.Killed, r.Lost, r.Doubled, r.Stuck, r.Apart))
	if r.OK() {
		return os.RemoveAll(f.dir)
	}
	return nil
}
