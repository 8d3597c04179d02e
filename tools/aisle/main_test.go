package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/madeup"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"aisle": main}) }

// keptEnv is what the go command needs to build plugins, and aisle to find those
// that were built.
var keptEnv = []string{"HOME", "GOFLAGS", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "XDG_CACHE_HOME"}

// scriptsWithin is how long all scripts have: a command that waits for ever is
// one script's failure then, and not the whole package's.
const scriptsWithin = 8 * time.Minute

// TestScripts runs the archives of testdata: whole command lines, their files,
// and what they must say.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// Sockets live below it, and their paths must be short.
	work, err := os.MkdirTemp("", "at")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(work) })
	cmds := map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"madeup": madeUpJournal, "corner": cornerStore, "opens": opens, "endpeers": endPeers, "crash": crashes, "paid": paid, "exits": exits, "settled": settled, "given": given, "adopted": adopted,
	}
	maps.Copy(cmds, lockCommands)
	testscript.Run(t, testscript.Params{
		Dir: "testdata", WorkdirRoot: work, Deadline: time.Now().Add(scriptsWithin),
		Setup: func(e *testscript.Env) error {
			e.Setenv("MODULE", root)
			e.Setenv("TMPDIR", work)
			for _, name := range keptEnv {
				if v, ok := os.LookupEnv(name); ok {
					e.Setenv(name, v)
				}
			}
			return nil
		},
		Cmds: cmds,
	})
}

// built says once whether the programs of the corner shop could be built, and
// where they are.
type built struct {
	once sync.Once
	dir  string
	err  error
}

// Each command on a store otherwise asks go of each of six programs whether it is
// up to date.
func (b *built) build(module, dir string) (string, error) {
	b.once.Do(func() {
		b.dir = filepath.Join(dir, "programs")
		cmd := exec.Command("go", "build", "-buildvcs=false", "-o", b.dir+"/", "./plugins/simulated", "./plugins/simulated/world")
		cmd.Dir, cmd.Env = module, append(os.Environ(), "CGO_ENABLED=0")
		b.err = os.MkdirAll(b.dir, 0o755)
		if b.err != nil {
			return
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	return b.dir, b.err
}

// cornerPrograms are those that the scripts share.
var cornerPrograms built

// cornerStore is the command "corner DIR": it writes the corner shop of the
// examples, with programs that are built, into a folder. WORLD is the simulated
// world's program.
func cornerStore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: corner DIR")
	}
	module := ts.Getenv("MODULE")
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	programs, err := cornerPrograms.build(module, ts.Getenv("TMPDIR"))
	ts.Check(err)
	ts.Setenv("WORLD", filepath.Join(programs, "world"))
	ts.Setenv("SIMULATED", filepath.Join(programs, "simulated"))
	ts.Setenv("PLATFORM", runtime.GOOS+"_"+runtime.GOARCH)
	ts.Check(copyStore(filepath.Join(module, "examples", "corner"), dir,
		`"../../plugins/simulated/world"`, `"`+filepath.Join(programs, "world")+`"`, `"../../plugins/simulated"`, `"`+filepath.Join(programs, "simulated")+`"`))
}

// opensWithin is how long a store of a script may take to open: its plugins may
// have to be built.
const opensWithin = 5 * time.Minute

// opens is the command "opens DATA [VISITS]": it waits until a store runs with
// all its devices ready and so many visits open.
func opens(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: opens DATA [VISITS]")
	}
	visits := 0
	if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		visits = n
	}
	client := control.NewClient(ts.MkAbs(args[0]))
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	ready := func(s control.State, err error) bool {
		return err == nil && s.Engine.Sessions >= visits && !slices.ContainsFunc(s.Devices, func(d control.Device) bool { return d.State != "ready" })
	}
	for late := time.After(opensWithin); ; {
		s, err := client.State(context.Background())
		if ready(s, err) {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("the store on %s does not open: %+v, %v", args[0], s, err)
		}
	}
}

// settled is the command "settled DATA VISITS": it waits until so many visits are
// closed.
func settled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: settled DATA VISITS")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	closed := 0
	awaits(ts, args[0], func(f event.Fact) bool {
		if _, ok := f.(event.SessionClosed); ok {
			closed++
		}
		return closed >= want
	})
}

// given is the command "given DATA REFUND": it waits until a refund is done.
func given(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: given DATA REFUND")
	}
	awaits(ts, args[0], func(f event.Fact) bool {
		r, ok := f.(event.RefundMoved)
		return ok && r.Refund == args[1] && r.State == event.RefundRefunded
	})
}

// awaits follows a journal until a fact is there.
func awaits(ts *testscript.TestScript, data string, is func(event.Fact) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), opensWithin)
	defer cancel()
	j, err := books.Open(ts.MkAbs(data))
	ts.Check(err)
	found := false
	err = j.Follow(ctx, func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			if !found && is(f) {
				found = true
				cancel()
			}
		}
		return nil
	}, func() error { return nil })
	ts.Check(j.Close())
	if !found {
		ts.Fatalf("the journal in %s does not say so: %v", data, err)
	}
}

// exits is the command "exits CODE PROGRAM ARG...": the program must end with that
// code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARG...")
	}
	code := 0
	var ended *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &ended) {
		code = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("it ended with %d, not %s", code, args[0])
	}
}

// paid is the command "paid DATA VARIABLE": it waits until a receipt with a line
// is paid, and puts its id into a variable.
func paid(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: paid DATA VARIABLE")
	}
	ctx, cancel := context.WithTimeout(context.Background(), opensWithin)
	defer cancel()
	j, err := books.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	found := ""
	err = j.Follow(ctx, func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			if x, ok := f.(event.ReceiptIssued); ok && x.Receipt.Payment == event.PaymentCaptured && len(x.Receipt.Lines) > 0 && found == "" {
				found = x.Receipt.ID
				cancel()
			}
		}
		return nil
	}, func() error { return nil })
	ts.Check(j.Close())
	if found == "" {
		ts.Fatalf("no receipt is paid: %v", err)
	}
	ts.Setenv(args[1], found)
}

// crashes is the command "crash DATA PLUGIN": it kills a plugin until it is given
// up.
func crashes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: crash DATA PLUGIN")
	}
	client := control.NewClient(ts.MkAbs(args[0]))
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(opensWithin); ; {
		s, err := client.State(context.Background())
		ts.Check(err)
		p, _ := s.Plugin(args[1])
		if p.State == "quarantined" {
			return
		}
		if p.PID > 0 {
			_ = syscall.Kill(p.PID, syscall.SIGKILL) // it may have gone already
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("plugin %s is not given up: %+v", args[1], p)
		}
	}
}

// endPeers is the command "endpeers DATA": it ends what outlives a store.
func endPeers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: endpeers DATA")
	}
	ts.Check(stopPeers(context.Background(), ts.MkAbs(args[0])))
}

// madeUpJournal is the command "madeup DATA [PLANT]": it writes the journal of a
// made-up day, as other code may have written it. See plants.
func madeUpJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: madeup DATA [PLANT]")
	}
	records, err := madeup.Day(2, 5)
	ts.Check(err)
	if len(args) == 2 {
		plant := plants[args[1]]
		if plant == nil {
			ts.Fatalf("there is no plant %q", args[1])
		}
		plant(records)
	}
	dir := ts.MkAbs(args[0])
	j, err := journal.Open(filepath.Join(dir, books.File), &journal.Options{Store: "madeup"})
	ts.Check(err)
	var drafts []journal.Draft
	for _, r := range records {
		body, err := event.EncodeRecord(r)
		ts.Check(err)
		drafts = append(drafts, journal.Draft{At: r.At, Body: body})
	}
	_, err = j.Append(drafts)
	ts.Check(err)
	ts.Check(j.Close())
}

// plants are what other code may have written into a journal.
var plants = map[string]func([]event.Record){
	// The first receipt's first version is over a cent more.
	"forged": func(records []event.Record) {
		done := false
		eachReceipt(records, func(r *event.Receipt) {
			if !done {
				r.Total.Minor++
				done = true
			}
		})
	},
	// The third visit was charged a unit more of its first line.
	"unit": func(records []event.Record) {
		third := visits(records)[2]
		eachReceipt(records, func(r *event.Receipt) {
			if r.Session == third {
				l := &r.Lines[0]
				l.Quantity, l.Amount.Minor, l.Paid.Minor, r.Total.Minor = l.Quantity+1, l.Amount.Minor+l.Unit.Minor, l.Paid.Minor+l.Unit.Minor, r.Total.Minor+l.Unit.Minor
			}
		})
	},
	// The third visit's first hand was seen by whom decided then, and by nobody now.
	"unseen": func(records []event.Record) {
		for i := range records {
			in, ok := records[i].Input.(event.Evidence)
			if x, is := in.Observed.(observe.Interaction); ok && is && x.Track == "t3" {
				in.Observed = observe.Presence{Interval: x.Interval, Track: x.Track, Zone: "zone.wall", Phase: observe.PhasePresent}
				records[i].Input = in
				return
			}
		}
	},
	// The policy of the day was another: what is charged was cheaper by a cent.
	"policy": func(records []event.Record) {
		for i := range records {
			if d, ok := records[i].Input.(event.Definition); ok {
				d.Store.Products = slices.Clone(d.Store.Products)
				for k := range d.Store.Products {
					d.Store.Products[k].Price.Minor++
				}
				records[i].Input = d
			}
		}
	},
}

// eachReceipt changes every version of every receipt.
func eachReceipt(records []event.Record, change func(*event.Receipt)) {
	for _, r := range records {
		for i, f := range r.Facts {
			if x, ok := f.(event.ReceiptIssued); ok {
				x.Receipt.Lines = slices.Clone(x.Receipt.Lines)
				change(&x.Receipt)
				r.Facts[i] = x
			}
		}
	}
}

// visits are the ids of a journal's visits, in their order.
func visits(records []event.Record) (ids []string) {
	for _, r := range records {
		for _, f := range r.Facts {
			if x, ok := f.(event.SessionOpened); ok {
				ids = append(ids, x.Session)
			}
		}
	}
	return ids
}
