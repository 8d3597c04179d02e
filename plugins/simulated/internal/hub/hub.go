// Package hub joins the simulated world to those who speak with it: it carries
// reports to devices and commands back, and owns the clock.
//
// All of the world's state belongs to the one goroutine that runs Run; the
// goroutines that accept and read connections only hand it lines. Run ends when
// its context does, when nobody has been connected for Options.Linger, or when
// a book can't be written, and waits for everything it started.
package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// The hub's limits.
const (
	// MaxClients bounds connections.
	MaxClients = 8192
	// MaxQueue is how many reports wait for a device that is not connected.
	// When there are more, all are dropped and its levels restated later.
	MaxQueue = 1024
	// inbox is how many lines wait for the hub before their readers wait.
	inbox = 1024
)

// DeviceGrace is how long, in real time, the clock waits for a device that is
// not connected before it goes on without it.
const DeviceGrace = 5 * time.Second

// Options say how the hub runs.
type Options struct {
	// Speed is how many times faster than real time virtual time runs at most;
	// zero is as fast as the participants allow.
	Speed float64
	// Free lets virtual time follow real time, at Speed or 1, and waits for
	// nobody. No participant is needed but those of Await.
	Free bool
	// Await are participants, beside the host, that must have said hello before
	// the clock starts. A free world waits for them too, and no visit begins before.
	Await []string
	// Names, where set, is the book of what the store calls credentials.
	Names Names
	// Linger is how long the hub goes on with nobody connected.
	Linger time.Duration
	// Grace takes the place of DeviceGrace where it isn't zero.
	Grace time.Duration
	// Start is the instant at which the world began, for those who ask.
	Start timeline.Instant
	Log   *slog.Logger
}

// Truth takes a line for each visit.
type Truth interface{ Append(v any) error }

// Hub is the world's end of all connections.
type Hub struct {
	opt   Options
	tl    *timeline.Timeline
	world *sim.World
	proc  *processor.Processor
	truth Truth

	events       chan event
	clients      map[*client]bool
	devices      map[string]*device
	hardware     map[string][]*client // by the device's address
	order        []*device
	participants []*participant
	calls        map[*call]bool
	// answers are those of the present step that are not yet sent.
	answers []func()
	// quiet are closed when nothing is on its way to the journal any more.
	quiet  []chan struct{}
	clock  clock
	failed error
}

// event is a line from a client, its arrival (hello) or its end (err).
type event struct {
	c   *client
	msg wire.FromClient
	err error
	do  func()
}

// Do runs a deed on the world's own goroutine, between two events, and waits for
// it. Run must be running. Conformance suites move the world by hand with it.
func (h *Hub) Do(ctx context.Context, deed func(*sim.World, *processor.Processor)) error {
	done := make(chan struct{})
	select {
	case h.events <- event{do: func() { deed(h.world, h.proc); close(done) }}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Quiet waits until the host has in its journal, and the world knows that it
// has, all that connected devices reported: nothing of it comes again to a
// device that is opened anew. Run must be running. It is for conformance suites
// that open a device again and look at what it states.
func (h *Hub) Quiet(ctx context.Context) error {
	quiet := make(chan struct{})
	note := func(*sim.World, *processor.Processor) { h.quiet = append(h.quiet, quiet) }
	if err := h.Do(ctx, note); err != nil {
		return err
	}
	select {
	case <-quiet:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hush tells those who wait for it that nothing is on its way.
func (h *Hub) hush() {
	if len(h.quiet) == 0 || h.world.Reporting() || h.unheard() {
		return
	}
	for _, q := range h.quiet {
		close(q)
	}
	h.quiet = nil
}

// client is one connection.
type client struct {
	conn        *wire.Conn
	device      *device
	participant *participant
	hand        bool
	hardware    *device // in whose place it is
	told        uint64  // reports that it was told
}

// New gives a hub for a scene. Attach gives it the world and the processor.
func New(sc *scene.Scene, tl *timeline.Timeline, truth Truth, opt Options) *Hub {
	if opt.Grace == 0 {
		opt.Grace = DeviceGrace
	}
	h := &Hub{
		opt: opt, tl: tl, truth: truth, events: make(chan event, inbox),
		clients: make(map[*client]bool), devices: make(map[string]*device), hardware: make(map[string][]*client), calls: make(map[*call]bool),
	}
	h.addDevices(sc)
	return h
}

// Attach gives the hub what it serves. It is called once, before Run.
func (h *Hub) Attach(w *sim.World, p *processor.Processor) { h.world, h.proc = w, p }

// Fail ends Run with an error. It is called from within Run's goroutine.
func (h *Hub) Fail(err error) { h.failed = errors.Join(h.failed, err) }

// TruthLine is a line of the world's truth about visits.
type TruthLine struct {
	Credential string     `json:"credential"`
	Items      []sim.Item `json:"items"`
	Entered    bool       `json:"entered"`
	Bodies     int        `json:"bodies"`
	At         string     `json:"at"`
}

// Ended writes down what a visit owes for.
func (h *Hub) Ended(v sim.Visit) {
	line := TruthLine{Credential: v.Credential, Items: v.Items, Entered: v.Entered, Bodies: v.Bodies, At: v.At.Time().Format(time.RFC3339Nano)}
	if err := h.truth.Append(line); err != nil {
		h.Fail(err)
	}
}

// Report queues evidence for its device.
func (h *Hub) Report(address string, e observe.Evidence) {
	b, err := json.Marshal(e)
	if err != nil {
		h.Fail(fmt.Errorf("report of %s: %w", address, err))
		return
	}
	h.devices[address].add(observe.KindOf(e).String(), b)
	h.sensed(address, e)
}

// Notice queues what the processor says by itself, for its device to hand on.
func (h *Hub) Notice(n wire.Notice) {
	b, err := json.Marshal(n)
	if err != nil {
		h.Fail(err)
		return
	}
	for _, d := range h.order {
		if d.class == "payment" {
			d.add(wire.KindNotice, b)
		}
	}
}

// Run serves lis until ctx ends, nobody comes any more, or a book fails.
func (h *Hub) Run(ctx context.Context, lis net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { h.accept(ctx, lis, &wg) })
	err := h.loop(ctx)
	cancel()
	if cerr := lis.Close(); cerr != nil && !errors.Is(cerr, net.ErrClosed) {
		err = errors.Join(err, cerr)
	}
	drained := make(chan struct{})
	go func() { // let go of readers that still hold a line
		defer close(drained)
		for range h.events {
		}
	}()
	wg.Wait()
	close(h.events)
	<-drained
	return err
}

func (h *Hub) accept(ctx context.Context, lis net.Listener, wg *sync.WaitGroup) {
	for {
		raw, err := lis.Accept()
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
				h.opt.Log.Error("accept", "err", err)
			}
			return
		}
		c := &client{conn: wire.NewConn(raw)}
		stop := context.AfterFunc(ctx, func() { c.conn.Close() })
		wg.Go(func() { h.read(c); stop() })
	}
}

// read hands every line of a client to the loop, its end last.
func (h *Hub) read(c *client) {
	for {
		var m wire.FromClient
		if err := c.conn.Read(&m); err != nil {
			h.events <- event{c: c, err: err}
			return
		}
		h.events <- event{c: c, msg: m}
	}
}

// loop handles what comes in and moves the clock when it may move.
func (h *Hub) loop(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	lonely := time.Now()
	for h.failed == nil {
		for more := true; more; {
			select {
			case e := <-h.events:
				h.handle(e)
			default:
				more = false
			}
		}
		h.hush()
		if h.visited() {
			lonely = time.Now()
		} else if left := h.opt.Linger - time.Since(lonely); left <= 0 {
			h.opt.Log.Info("nobody is connected any more")
			return nil
		}
		wait := h.tick(time.Now())
		if wait == 0 {
			continue
		}
		if !h.visited() {
			wait = min(wait, h.opt.Linger-time.Since(lonely)+time.Millisecond)
		}
		timer.Reset(wait)
		select {
		case e := <-h.events:
			h.handle(e)
		case <-timer.C:
		case <-ctx.Done():
			return h.failed
		}
	}
	return h.failed
}
