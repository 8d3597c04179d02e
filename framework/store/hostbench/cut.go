package hostbench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent"
	"github.com/openaisle/aisle/framework/supervisor/agent/agenttest"
)

// wholeMost is how soon the devices of an agent are ready once the line is whole,
// in milliseconds.
const wholeMost = 5000.0

// What an agent's plugin reports: a shelf, and at the usual rate a reader.
const (
	farShelf  = "weight_shelf.steady_0"
	farReader = "credential_reader.steady_0"
)

// agent measures what is lost where the line to an agent is cut for a while,
// and whether what is beyond the spool is accounted for.
func (b *bench) agent(ctx context.Context) error {
	steady, err := b.cutOff(ctx, "1ms", 1)
	if err != nil {
		return err
	}
	beyond, err := b.cutOff(ctx, "1us", 0)
	if err != nil {
		return err
	}
	shelf, reader := steady.of[farShelf], steady.of[farReader]
	name := fmt.Sprintf("lost: agent cut off %v at 1,000/s: ", b.Cut)
	b.emit(Row{Key: "agent", Name: name + "evidence", Value: float64(shelf.Lost + shelf.Missing), Unit: "events", Of: 1, Note: fmt.Sprintf("%d reports", shelf.Reports)})
	b.emit(Row{Key: "agent", Name: name + "critical", Value: float64(reader.Lost + reader.Missing), Unit: "events", Of: 1, Note: fmt.Sprintf("%d reports", reader.Reports)})
	c := beyond.of[farShelf]
	b.emit(Row{Key: "agent", Name: "beyond the agent's spool: unaccounted for", Value: float64(c.Last) - float64(c.Reports) - float64(c.Lost) + float64(c.Missing), Unit: "events", Of: 1,
		Note: fmt.Sprintf("%d reports, %d stated as lost", c.Reports, c.Lost)})
	b.emit(Row{Key: "agent", Name: "line whole to devices READY", Value: float64(max(steady.back, beyond.back)) / 1e6, Unit: "ms", Limit: wholeMost, Of: 2})
	return nil
}

// cut is what a cut did.
type cut struct {
	of   map[string]counts
	back time.Duration
}

// cutOff runs a plugin on an agent and cuts the line to it for a while.
func (b *bench) cutOff(ctx context.Context, every string, readers int) (c cut, err error) {
	dir, err := os.MkdirTemp(b.dir, "a")
	if err != nil {
		return c, err
	}
	ca, own := filepath.Join(dir, "ca"), filepath.Join(dir, "agent")
	if err := agenttest.Enrol(ctx, "bench", "back", ca, own); err != nil {
		return c, err
	}
	// An agent starts programs without arguments: the animal's are its name.
	program := filepath.Join(dir, "good@bench@"+every)
	if err := os.Link(b.programs.Go, program); err != nil {
		if err := os.Symlink(b.programs.Go, program); err != nil {
			return c, err
		}
	}
	address, stop, err := serveAgent(own, dir, program)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	wire, err := agenttest.NewWire(address)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, wire.Close()) }()
	link := agent.NewLink(agent.LinkOptions{Name: "back", Address: wire.Address(), Dir: ca, Log: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, link.Close()) }()
	r, err := b.rig(options{agent: link}, member{name: "steady", devices: 1, readers: readers})
	if err != nil {
		return c, err
	}
	r.start()
	defer func() { err = errors.Join(err, r.stop()) }()
	return b.cutRig(ctx, r, wire, 1+readers)
}

// cutRig cuts the line for a while and counts when it is whole and all has come.
func (b *bench) cutRig(ctx context.Context, r *rig, wire *agenttest.Wire, devices int) (c cut, err error) {
	if err := r.ready(ctx, devices); err != nil {
		return c, err
	}
	pause(ctx, time.Second)
	wire.Cut()
	over := time.Now().Add(b.Cut)
	err = r.await(ctx, "devices offline", func() bool {
		for _, s := range r.state {
			if s.State != event.StateOffline {
				return false
			}
		}
		return true
	})
	pause(ctx, time.Until(over))
	mended := time.Now()
	wire.Mend()
	if err != nil {
		return c, err
	}
	if err := r.ready(ctx, devices); err != nil {
		return c, err
	}
	c = cut{of: map[string]counts{}, back: time.Since(mended)}
	r.mu.Lock()
	addresses := make([]string, 0, devices)
	for a := range r.state {
		addresses = append(addresses, a)
	}
	r.mu.Unlock()
	for _, a := range addresses {
		if err := r.told(ctx, a, mended); err != nil {
			return c, err
		}
		c.of[a] = r.count(a)
	}
	return c, nil
}

// serveAgent runs an agent that may run one program; stop ends it.
func serveAgent(own, dir, program string) (address string, stop func() error, err error) {
	id, err := agent.Load(own, agent.RoleAgent)
	if err != nil {
		return "", nil, err
	}
	log := slog.New(slog.DiscardHandler)
	sup := supervisor.New(&supervisor.Options{RunDir: dir, Log: log})
	s, err := agent.NewServer(&agent.ServerOptions{Identity: id, Dir: own, Programs: map[string]string{"steady": program}, Supervisor: sup, Log: log})
	if err != nil {
		return "", nil, err
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, lis) }()
	return lis.Addr().String(), func() error {
		cancel()
		return errors.Join(<-served, sup.Close())
	}, nil
}
