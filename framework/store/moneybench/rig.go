package moneybench

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/clock"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// rig is a real engine on a real journal, a mall before it and a processor
// behind it.
type rig struct {
	clock  *clock.Manual
	work   clock.Work
	groups *groups
	points *checkpoint.File
	// memory is the journal where it is not to be on the disk; it survives a kill.
	memory journal.Journal
	engine *engine.Engine
	lanes  []*lane
	def    storedef.Store
	mall   *mall

	processor processor
	stop      context.CancelFunc
	ended     sync.WaitGroup
	err       error // of the engine; read once ended
}

// groups is a journal that notes how many bytes each durable group has.
type groups struct {
	journal.Journal
	bytes []int
	total int64
	dead  atomic.Bool // nothing is written any more: the host was killed
}

var errKilled = errors.New("the host is killed")

// Snapshot keeps a state, as long as the host lives (journal.Journal).
func (g *groups) Snapshot(seq uint64, state []byte) error {
	if g.dead.Load() {
		return errKilled
	}
	return g.Journal.Snapshot(seq, state)
}

// Append notes the group (journal.Journal).
func (g *groups) Append(at []journal.Draft) ([]journal.Entry, error) {
	if g.dead.Load() {
		return nil, errKilled
	}
	n := 0
	for i := range at {
		n += len(at[i].Body)
	}
	es, err := g.Journal.Append(at)
	if err == nil {
		g.bytes = append(g.bytes, n)
		g.total += int64(n)
	}
	return es, err
}

// processor answers whatever is asked at once, and always well: it and the
// gates.
type processor struct {
	engine *engine.Engine
	work   *clock.Work
	mu     sync.Mutex
	asked  []event.Ask
	news   chan struct{}
	charge int
}

func (p *processor) ask(a event.Ask, _ bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.work.Begin()
	p.asked = append(p.asked, a)
	select {
	case p.news <- struct{}{}:
	default:
	}
}

func (p *processor) run(ctx context.Context) {
	for {
		select {
		case <-p.news:
		case <-ctx.Done():
			return
		}
		p.mu.Lock()
		asked := p.asked
		p.asked = nil
		p.mu.Unlock()
		for _, a := range asked {
			if a.Operation == event.OpCapture {
				p.charge++
			}
			err := p.engine.Answer(ctx, event.Answer{ID: a.ID, Outcome: event.OutcomeDone, Reference: "ref/" + a.Key, Amount: a.Amount})
			p.work.End()
			if err != nil {
				return
			}
		}
	}
}

// newRig opens a store of so many lanes on a fresh journal in a folder.
func newRig(dir string, atOnce int) (*rig, error) {
	return startRig(dir, atOnce, nil)
}

// startRig is newRig, on a journal in memory where there is one.
func startRig(dir string, atOnce int, memory journal.Journal) (*rig, error) {
	r := &rig{clock: clock.NewManual(opening), lanes: newLanes(atOnce), memory: memory}
	r.mall, r.def = newMall(r.lanes), definition(r.lanes)
	_, err := r.begin(dir)
	return r, err
}

// begin opens the journal in a folder and goes on from there. It gives the time
// from the opening until the engine could step.
func (r *rig) begin(dir string) (took time.Duration, err error) {
	r.processor = processor{work: &r.work, news: make(chan struct{}, 1)}
	began := time.Now()
	j := r.memory
	if j == nil {
		if j, err = journal.Open(filepath.Join(dir, "journal.db"), nil); err != nil {
			return 0, err
		}
	}
	r.groups = &groups{Journal: j}
	if r.points, _, err = checkpoint.Open(filepath.Join(dir, "checkpoints.db"), j); err != nil {
		return 0, errors.Join(err, j.Close())
	}
	shelf, why := engine.NewShelf(r.points)
	if why != nil {
		return 0, errors.Join(why, j.Close())
	}
	r.engine = engine.New(engine.Options{Journal: r.groups, Clock: r.clock, Work: &r.work, Ask: r.processor.ask, Shelf: shelf})
	r.processor.engine = r.engine
	if err := r.engine.Recover(r.def, "mall"); err != nil {
		return 0, errors.Join(err, j.Close())
	}
	took = time.Since(began)
	ctx, stop := context.WithCancel(context.Background())
	r.stop, r.err = stop, nil
	r.ended.Go(func() { r.err = r.engine.Run(ctx) })
	r.ended.Go(func() { r.processor.run(ctx) })
	return took, nil
}

// kill ends the store without its last words: nothing more is written. What the
// journal has of it is what a host leaves that is killed.
func (r *rig) kill() error {
	r.groups.dead.Store(true)
	r.stop()
	r.ended.Wait()
	if !errors.Is(r.err, errKilled) && r.err != nil {
		return r.err
	}
	if r.memory != nil {
		return r.points.Close()
	}
	return errors.Join(r.points.Close(), r.groups.Close())
}

// reopen has the devices opened again that a killed host had: cameras restate
// whom they see, as they do.
func (r *rig) reopen(ctx context.Context) error {
	r.mall.epoch++
	r.mall.seq = map[string]uint64{}
	return r.open(ctx)
}

// open has all devices ready, all who are inside seen and all bays weighed.
func (r *rig) open(ctx context.Context) error {
	for _, d := range r.def.Devices {
		if err := r.engine.DeviceStatus(ctx, event.DeviceStatus{Device: d.Address, Epoch: r.mall.epoch, State: event.StateReady}); err != nil {
			return err
		}
	}
	for _, s := range r.mall.stay {
		if err := r.engine.Evidence(ctx, []event.Evidence{r.mall.seen(s.lane, s.visit, s.lane.door, observe.PhaseBegan, r.clock.Now())}); err != nil {
			return err
		}
	}
	if err := r.pass(ctx, 10*time.Second); err != nil {
		return err
	}
	for _, l := range r.lanes {
		for n := 1; n <= bays; n++ {
			if err := r.engine.Evidence(ctx, []event.Evidence{r.mall.weigh(l, n, r.clock.Now(), r.clock.Now())}); err != nil {
				return err
			}
		}
	}
	return r.pass(ctx, 10*time.Second)
}

// pass waits until all is dealt with, and lets time pass.
func (r *rig) pass(ctx context.Context, d time.Duration) error {
	if _, err := r.work.Quiet(ctx); err != nil {
		return err
	}
	r.clock.Advance(r.clock.Now().Add(d))
	_, err := r.work.Quiet(ctx)
	return err
}

// crowd lets so many in, who stay.
func (r *rig) crowd(ctx context.Context, n int) error {
	for n > 0 {
		for range 2 { // the tap, the gate: nobody of them stands at a shelf
			for i, l := range r.lanes {
				if i >= n {
					break
				}
				l.at = max(l.at, 0)
				reports, _ := r.mall.act(l, r.clock.Now(), true)
				if err := r.engine.Evidence(ctx, reports); err != nil {
					return err
				}
			}
			if err := r.pass(ctx, beat); err != nil {
				return err
			}
		}
		for i, l := range r.lanes {
			if i < n {
				l.at = 0
				r.mall.stay = append(r.mall.stay, stayer{l, l.visit})
			}
		}
		n -= len(r.lanes)
	}
	return nil
}

// visits has so many more come and go, and ends when only those who stay are
// open.
func (r *rig) visits(ctx context.Context, n, stay int) error {
	last := r.mall.next + n
	for done := 0; done < n; {
		for _, l := range r.lanes {
			reports, left := r.mall.act(l, r.clock.Now(), r.mall.next < last)
			if left {
				done++
			}
			if len(reports) == 0 {
				continue
			}
			if err := r.engine.Evidence(ctx, reports); err != nil {
				return err
			}
		}
		if err := r.pass(ctx, beat); err != nil {
			return err
		}
	}
	for range 20 { // until every cart is closed
		if r.engine.Status().Open == stay {
			return nil
		}
		if err := r.pass(ctx, beat); err != nil {
			return err
		}
	}
	return errors.New("visits are open that should be settled")
}

func (r *rig) close() error {
	r.stop()
	r.ended.Wait()
	return errors.Join(r.err, r.points.Close(), r.groups.Close())
}
