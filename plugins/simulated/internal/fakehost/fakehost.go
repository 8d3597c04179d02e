// Package fakehost stands in for the host and its plugins in tests: it speaks
// with a world's socket as the host's clock and as every device of a scene, and
// needs neither gRPC nor a store file.
//
// It holds each presented credential's card, lets its party in, confirms every
// report, and keeps all evidence for the test to judge. Settlement is the
// test's business.
package fakehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// hold is what is authorised for each visit, in minor units.
const hold = 10_000

// askTimeout is how long, in virtual time, the host waits for a processor.
const askTimeout = 10 * time.Second

// Seen is one report.
type Seen struct {
	Device   string
	Evidence observe.Evidence
	// At is the virtual time at which it came.
	At time.Time
}

// Options say how the host behaves.
type Options struct {
	// Refuse says which credentials stay outside.
	Refuse func(token string) bool
	// KeyPrefix goes before every key, so that two runs don't share keys.
	KeyPrefix string
}

// Host is a running stand-in.
type Host struct {
	opt     Options
	scene   *scene.Scene
	address string
	clock   *wire.Conn
	wg      sync.WaitGroup

	mu       sync.Mutex
	now      int64
	seen     []Seen
	devices  map[string]*Device
	asks     int
	session  int
	timers   []timer
	err      error
	closing  bool
	idle     chan struct{}
	idleOnce sync.Once
	news     chan struct{}
	// Sessions gives the token of each session that was let in.
	sessions map[string]string
}

// timer is a wake of the host's own.
type timer struct {
	at int64
	do func()
}

// Start connects all devices of a scene, and then the host.
func Start(ctx context.Context, address string, sc *scene.Scene, opt Options) (*Host, error) {
	h := &Host{
		opt: opt, scene: sc, address: address, devices: make(map[string]*Device), idle: make(chan struct{}), news: make(chan struct{}, 1), sessions: make(map[string]string),
	}
	for a, class := range sc.Devices() {
		if err := h.Connect(ctx, a, class); err != nil {
			return nil, errors.Join(err, h.Close())
		}
	}
	var err error
	if h.clock, err = wire.Dial(ctx, address); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	if err := h.clock.Write(wire.FromClient{Hello: wire.HelloParticipant, Name: wire.Host}); err != nil {
		return nil, errors.Join(err, h.Close())
	}
	h.wg.Go(h.runClock)
	return h, nil
}

// Connect opens one device, anew if it was open.
func (h *Host) Connect(ctx context.Context, address, class string) error {
	d, err := dial(ctx, h, address, class)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.devices[address] = d
	h.mu.Unlock()
	h.wg.Go(d.run)
	return nil
}

// Device gives a connected device.
func (h *Host) Device(address string) *Device {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.devices[address]
}

// Close ends everything and waits for it. It gives the first thing that went
// wrong before.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closing = true
	for _, d := range h.devices {
		d.conn.Close()
	}
	h.mu.Unlock()
	if h.clock != nil {
		h.clock.Close()
	}
	h.wg.Wait()
	return h.err
}

// Idle is closed when the world says that it has nothing more to do and the
// host waits for nothing either, or when something failed.
func (h *Host) Idle() <-chan struct{} { return h.idle }

// News gets a value after a report came.
func (h *Host) News() <-chan struct{} { return h.news }

// Seen gives the evidence so far, in the order in which it came.
func (h *Host) Seen() []Seen {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.seen)
}

// Sessions gives the token of each session that was let in.
func (h *Host) Sessions() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make(map[string]string, len(h.sessions))
	for s, t := range h.sessions {
		all[s] = t
	}
	return all
}

func (h *Host) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closing && h.err == nil {
		h.err = err
		h.idleOnce.Do(func() { close(h.idle) })
	}
}

// runClock answers polls and hears of the time.
func (h *Host) runClock() {
	for {
		var m wire.ToClient
		if err := h.clock.Read(&m); err != nil {
			h.fail(fmt.Errorf("host: %w", err))
			return
		}
		if m.Error != nil {
			h.fail(m.Error.Err())
			return
		}
		if m.AdvanceUS != 0 {
			h.advance(m.AdvanceUS, m.Done)
		}
		if m.Poll != 0 {
			if err := h.clock.Write(h.answer(m.Poll)); err != nil {
				h.fail(err)
				return
			}
		}
	}
}

func (h *Host) advance(now int64, done bool) {
	h.mu.Lock()
	h.now = now
	var due []func()
	h.timers = slices.DeleteFunc(h.timers, func(t timer) bool {
		if t.at <= now {
			due = append(due, t.do)
		}
		return t.at <= now
	})
	idle := done && len(h.timers) == 0 && len(due) == 0 && h.asks == 0
	h.mu.Unlock()
	for _, do := range due {
		do()
	}
	if idle {
		h.idleOnce.Do(func() { close(h.idle) })
	}
}

func (h *Host) answer(poll uint64) wire.FromClient {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := wire.FromClient{Poll: poll, Outstanding: h.asks}
	for _, t := range h.timers {
		if m.WakeUS == nil || t.at < *m.WakeUS {
			m.WakeUS = &t.at
		}
	}
	return m
}

// take keeps a report and acts on it.
func (h *Host) take(device string, e observe.Evidence) {
	h.mu.Lock()
	h.seen = append(h.seen, Seen{Device: device, Evidence: e, At: time.UnixMicro(h.now).UTC()})
	h.mu.Unlock()
	select {
	case h.news <- struct{}{}:
	default:
	}
	if c, ok := e.(observe.Credential); ok {
		h.present(device, c)
	}
}

// present lets a party in: a hold first, then the gate. Staff pay nothing.
func (h *Host) present(reader string, c observe.Credential) {
	if h.opt.Refuse != nil && h.opt.Refuse(c.Token) {
		return
	}
	gate := ""
	for _, r := range h.scene.Readers {
		if r.Address == reader {
			gate = r.Gate
		}
	}
	h.mu.Lock()
	h.session++
	session := fmt.Sprintf("%ssession-%d", h.opt.KeyPrefix, h.session)
	h.mu.Unlock()
	admit := func() {
		h.mu.Lock()
		h.sessions[session] = c.Token
		expires := h.now + (20 * time.Second).Microseconds()
		h.mu.Unlock()
		h.Ask(gate, "admit", wire.AdmitParams{Session: session, Bodies: max(c.Bodies, 1), ExpiresUS: expires}, nil)
	}
	if slices.Contains(h.scene.Staff, c.Token) || len(h.scene.Payments) == 0 {
		admit()
		return
	}
	r := wire.PaymentParams{Key: session + "/authorize/1", Session: session, Token: c.Token, Minor: hold, Currency: "EUR"}
	h.authorize(r, admit)
}

// authorize asks for a hold until the answer is a definite one.
func (h *Host) authorize(r wire.PaymentParams, then func()) {
	h.Ask(h.scene.Payments[0], "authorize", r, func(_ json.RawMessage, err error) {
		switch fault.CodeOf(err) { //nolint:exhaustive // the rest is a definite no
		case fault.None:
			then()
		case fault.Unknown, fault.Unavailable:
			h.authorize(r, then)
		default: // a definite no: the party stays outside
		}
	})
}

// Ask sends a command to a device. A processor that does not answer in time is
// given up, with an unknown outcome.
func (h *Host) Ask(device, method string, params any, then func(json.RawMessage, error)) {
	d := h.Device(device)
	h.mu.Lock()
	h.asks++
	over := false
	finish := func(b json.RawMessage, err error) {
		h.mu.Lock()
		if over {
			h.mu.Unlock()
			return
		}
		over = true
		h.mu.Unlock()
		if then != nil {
			then(b, err)
		}
		h.mu.Lock()
		h.asks--
		h.mu.Unlock()
	}
	id := d.next()
	h.timers = append(h.timers, timer{at: h.now + askTimeout.Microseconds(), do: func() {
		d.cancel(id)
		finish(nil, fault.New(fault.Unknown, "no answer"))
	}})
	h.mu.Unlock()
	d.call(id, method, params, finish)
}
