package main

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// helloWithin is how long the world may take to accept a connection.
const helloWithin = 10 * time.Second

// line is a device's connection with the world.
type line struct {
	conn *wire.Conn

	mu    sync.Mutex
	next  uint64
	calls map[uint64]chan wire.ToClient
	gone  chan struct{}
}

func dial(ctx context.Context, world, address, class string) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, helloWithin)
	defer cancel()
	conn, err := wire.Dial(ctx, world)
	if err != nil {
		return nil, err
	}
	if err := conn.Write(wire.FromClient{Hello: wire.HelloHardware, Device: address, Class: class}); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &line{conn: conn, calls: map[uint64]chan wire.ToClient{}, gone: make(chan struct{})}, nil
}

// follow gives the hardware what the world says, until either ends. here is called once
// what was there at the beginning is shown.
func (l *line) follow(ctx context.Context, h hardware, here func()) error {
	ctx, cancel := context.WithCancel(ctx)
	var driven sync.WaitGroup
	defer driven.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.conn.Close() })
	defer stop()
	defer close(l.gone)
	driven.Go(func() {
		if err := h.run(ctx, l); err != nil {
			cancel()
		}
	})
	for {
		var m wire.ToClient
		if err := l.conn.Read(&m); err != nil {
			return err
		}
		switch {
		case m.Call != 0:
			l.answered(m)
		case m.ID != 0:
			if err := h.sensed(m); err != nil {
				return err
			}
		case m.Hello != "":
			here()
		case m.Error != nil:
			return m.Error.Err()
		}
	}
}

func (l *line) answered(m wire.ToClient) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.calls[m.Call]; c != nil {
		delete(l.calls, m.Call)
		c <- m
	}
}

// call does something in the world.
func (l *line) call(ctx context.Context, method string, params any) error {
	b, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer := make(chan wire.ToClient, 1)
	l.mu.Lock()
	l.next++
	id := l.next
	l.calls[id] = answer
	l.mu.Unlock()
	if err := l.conn.Write(wire.FromClient{Call: id, Method: method, Params: b}); err != nil {
		return fault.Wrap(fault.Unavailable, method, err)
	}
	select {
	case m := <-answer:
		return m.Error.Err()
	case <-l.gone:
		return fault.New(fault.Unavailable, "the world is not there any more")
	case <-ctx.Done():
		return ctx.Err()
	}
}
