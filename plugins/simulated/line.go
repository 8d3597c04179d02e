package main

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

const (
	// helloTimeout is how long the world may take to say that it knows a device.
	helloTimeout = 10 * time.Second
	// waiting is how many reports the line holds before the device takes them.
	waiting = 1024
)

// line is a device's connection with the world. A goroutine reads it from dial
// to Close, which waits for it.
type line struct {
	env     sdk.Env
	world   string // its address
	conn    *wire.Conn
	reports chan wire.ToClient
	// gone is closed when the world is not there any more; closing is set
	// before the line itself ends.
	gone chan struct{}
	quit context.CancelFunc
	done sync.WaitGroup

	mu    sync.Mutex
	next  uint64
	calls map[uint64]chan wire.ToClient
}

// dial opens a device of the world. ctx lives as long as the device.
func dial(ctx context.Context, env sdk.Env, class string, c config) (*line, error) {
	if broken != "" {
		return nil, fault.New(fault.Unavailable, "this release is broken: "+broken)
	}
	hello, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	conn, err := wire.Dial(hello, c.World)
	if err != nil {
		return nil, fault.At("world", fault.During("open "+env.Address, err))
	}
	stop := context.AfterFunc(hello, func() { conn.Close() })
	err = conn.Write(wire.FromClient{Hello: wire.HelloDevice, Device: env.Address, Class: class, Points: env.Points})
	var answer wire.ToClient
	if err == nil {
		err = conn.Read(&answer)
	}
	if err == nil {
		err = answer.Error.Err()
	}
	if !stop() || err != nil {
		conn.Close()
		if err == nil {
			err = hello.Err()
		}
		code := fault.Unavailable
		if fault.CodeOf(err) == fault.Invalid {
			code = fault.Invalid
		}
		return nil, fault.Wrap(code, "open "+env.Address, err)
	}
	// The line outlives ctx until Close: what was reported last is confirmed yet.
	life, quit := context.WithCancel(context.WithoutCancel(ctx))
	l := &line{
		env: env, world: c.World, conn: conn, reports: make(chan wire.ToClient, waiting), gone: make(chan struct{}), quit: quit,
		calls: make(map[uint64]chan wire.ToClient),
	}
	l.done.Go(func() { l.read(life) })
	return l, nil
}

// Close ends the line and waits for its reader. The world gets a moment to take
// in what was confirmed last: else the device's next opening hears it again.
func (l *line) Close() error {
	l.quit()
	if err := l.conn.CloseWrite(); err == nil {
		select {
		case <-l.gone:
		case <-time.After(lastFlush):
		}
	}
	l.conn.Close()
	l.done.Wait()
	return nil
}

// Identity says which of the world's devices it is. Worlds have devices of the
// same addresses: they are not the same devices.
func (l *line) Identity() sdk.Identity {
	return sdk.Identity{Model: "simulated world", SerialNumber: l.env.Address + "@" + l.world, Firmware: version}
}

// Condition says whether the world is still there.
func (l *line) Condition() sdk.Condition {
	select {
	case <-l.gone:
		return sdk.Condition{State: sdk.StateOffline, Cause: errGone.Error() + "."}
	default:
		return sdk.Condition{State: sdk.StateReady}
	}
}

// read sorts the world's lines into reports and answers.
func (l *line) read(ctx context.Context) {
	defer close(l.gone)
	for {
		var m wire.ToClient
		if err := l.conn.Read(&m); err != nil {
			if ctx.Err() == nil {
				l.env.Log.Warn("the world is gone", "err", err)
			}
			return
		}
		switch {
		case m.Call != 0:
			l.answered(m)
		case m.ID != 0:
			select {
			case l.reports <- m:
			case <-ctx.Done(): // nobody takes it; it comes again to the next opening
			}
		case m.Error != nil:
			l.env.Log.Warn("the world refuses the device", "err", m.Error.Err())
		}
	}
}

// answered hands an answer to its call. A second answer to one call finds
// nobody waiting, and is dropped.
func (l *line) answered(m wire.ToClient) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.calls[m.Call]; c != nil {
		delete(l.calls, m.Call)
		c <- m
	}
}

// errGone is the world's end. Until a call was written, nothing happened.
var errGone = errors.New("the simulated world is not there any more")

// call asks the world for a deed. A lost answer has code unknown.
func (l *line) call(ctx context.Context, method string, params, result any) error {
	b, err := json.Marshal(params)
	if err != nil {
		return fault.Wrap(fault.Internal, method, err)
	}
	answer := make(chan wire.ToClient, 1)
	l.mu.Lock()
	l.next++
	id := l.next
	l.calls[id] = answer
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.calls, id)
		l.mu.Unlock()
	}()
	select {
	case <-l.gone:
		return fault.Wrap(fault.Unavailable, method, errGone)
	default:
	}
	if err := l.conn.Write(wire.FromClient{Call: id, Method: method, Params: b}); err != nil {
		return fault.Wrap(fault.Unknown, method, err) // some of it may have been written
	}
	select {
	case m := <-answer:
		if m.Error != nil {
			return fault.During(method, m.Error.Err())
		}
		return fault.Wrap(fault.Unknown, method, json.Unmarshal(m.Result, result))
	case <-l.gone:
		return fault.Wrap(fault.Unknown, method, errGone)
	case <-ctx.Done():
		if err := l.conn.Write(wire.FromClient{Cancel: id}); err != nil {
			l.env.Log.Debug("cancel", "method", method, "err", err)
		}
		return fault.Wrap(fault.Unknown, method, ctx.Err())
	}
}
