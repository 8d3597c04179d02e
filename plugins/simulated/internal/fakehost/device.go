package fakehost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// Device is one device's connection.
type Device struct {
	h              *Host
	conn           *wire.Conn
	address, class string

	mu      sync.Mutex
	calls   map[uint64]func(json.RawMessage, error)
	counter uint64
	// Silent devices take reports and don't confirm them.
	silent bool
	gone   bool
}

func dial(ctx context.Context, h *Host, address, class string) (*Device, error) {
	conn, err := wire.Dial(ctx, h.address)
	if err != nil {
		return nil, err
	}
	if err := conn.Write(wire.FromClient{Hello: wire.HelloDevice, Device: address, Class: class}); err != nil {
		return nil, err
	}
	// Until the world has answered, another connection of the device could be
	// taken before this one, and be closed for it.
	var m wire.ToClient
	if err := conn.Read(&m); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", address, err), conn.Close())
	}
	if m.Error != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", address, m.Error.Err()), conn.Close())
	}
	return &Device{h: h, conn: conn, address: address, class: class, calls: make(map[uint64]func(json.RawMessage, error))}, nil
}

// Drop ends the connection as a plugin's death does. Calls get no answer.
func (d *Device) Drop() {
	d.mu.Lock()
	d.gone = true
	calls := d.calls
	d.calls = make(map[uint64]func(json.RawMessage, error))
	d.mu.Unlock()
	d.conn.Close()
	for _, then := range calls {
		then(nil, fault.New(fault.Unknown, "the plugin died"))
	}
}

// Silence makes the device take reports without confirming them.
func (d *Device) Silence() {
	d.mu.Lock()
	d.silent = true
	d.mu.Unlock()
}

func (d *Device) run() {
	for {
		var m wire.ToClient
		err := d.conn.Read(&m)
		if err == nil {
			err = d.line(m)
		}
		if err != nil {
			d.mu.Lock()
			gone := d.gone
			d.mu.Unlock()
			if !gone {
				d.h.fail(fmt.Errorf("%s: %w", d.address, err))
			}
			return
		}
	}
}

func (d *Device) line(m wire.ToClient) error {
	switch {
	case m.Call != 0:
		d.mu.Lock()
		then := d.calls[m.Call]
		delete(d.calls, m.Call)
		d.mu.Unlock()
		if then != nil {
			then(m.Result, m.Error.Err())
		}
		return nil
	case m.Error != nil:
		return m.Error.Err()
	case m.ID == 0:
		return nil
	}
	d.mu.Lock()
	silent := d.silent
	d.mu.Unlock()
	if silent {
		return nil
	}
	var kind observe.Kind
	if err := kind.UnmarshalText([]byte(m.Kind)); err != nil {
		return err
	}
	e, err := observe.Decode(kind, m.Report)
	if err != nil {
		return err
	}
	if err := observe.Check(e); err != nil {
		return err
	}
	d.h.take(d.address, e)
	return d.conn.Write(wire.FromClient{Done: m.ID})
}

func (d *Device) next() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.counter++
	return d.counter
}

func (d *Device) call(id uint64, method string, params any, then func(json.RawMessage, error)) {
	b, err := json.Marshal(params)
	if err != nil {
		then(nil, err)
		return
	}
	d.mu.Lock()
	d.calls[id] = then
	d.mu.Unlock()
	if err := d.conn.Write(wire.FromClient{Call: id, Method: method, Params: b}); err != nil {
		d.mu.Lock()
		delete(d.calls, id)
		d.mu.Unlock()
		then(nil, fault.Wrap(fault.Unavailable, method, err))
	}
}

func (d *Device) cancel(id uint64) {
	d.mu.Lock()
	_, waits := d.calls[id]
	delete(d.calls, id)
	d.mu.Unlock()
	if waits {
		_ = d.conn.Write(wire.FromClient{Cancel: id}) // a dead connection cancels by itself
	}
}
