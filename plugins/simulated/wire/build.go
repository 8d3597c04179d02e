package main

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
	"github.com/openaisle/aisle/plugins/mqttshelf/shelfsim"
	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/plugins/scale/scalesim"
	"github.com/openaisle/aisle/sdk/measure"
)

// published is how often a shelf controller publishes each of its weights.
const published = 50 * time.Millisecond

// scatter is of a raw sample, in grams: that of a cell of 10 kg at rest.
const scatter = 0.5

// tenth is the step of the load cells' transmitters.
const tenth = measure.Gram / 10

func (s *store) add(address, class string, h hardware) {
	s.devices = append(s.devices, &device{address, class, h})
}

// build makes all hardware. It is not yet to be reached from outside, but for what
// listens by itself, until it shows what the world has.
func (s *store) build() error {
	for _, l := range s.wiring.Lanes {
		h := newLane(l)
		s.add(l.Device, "rfid", h)
		s.later(l.Port, func(on net.Listener) error { return h.reader.Serve(on) })
	}
	for _, b := range s.wiring.Buses {
		var bus osdpsim.Line
		for _, r := range b.Readers {
			if r.Palm {
				h := newPalm(r, s.desk, s.log)
				s.add(r.Device, "credential", h)
				bus = append(bus, h.palm.Peripheral)
				continue
			}
			h := newReader(r)
			s.add(r.Device, "credential", h)
			bus = append(bus, h.peripheral)
		}
		s.later(b.Port, func(on net.Listener) error { return listenBus(bus, on) })
	}
	for _, c := range s.wiring.Scales {
		scale := &scalesim.Scale{}
		s.add(c.Device, "shelf", newShelf(func(_ int, now, before measure.Mass) { scale.Put(grams(now - before)) }))
		s.later(c.Port, func(on net.Listener) error { return scale.Listen(on, c.Dialect) })
	}
	s.buildModbus()
	return s.buildMQTT()
}

// buildModbus makes what the library listens for by itself.
func (s *store) buildModbus() {
	modbus := func(port int) *modbussim.Device {
		d := modbussim.Make()
		s.opening = append(s.opening, func() error {
			s.stops = append(s.stops, d.Close)
			return d.Serve(s.at.free(port))
		})
		return d
	}
	for _, g := range s.wiring.Gates {
		s.add(g.Device, "gate", newGate(g, modbus(g.Port)))
	}
	for _, c := range s.wiring.LoadCells {
		d := modbus(c.Port)
		s.add(c.Device, "shelf", newShelf(func(bay int, now, _ measure.Mass) { d.Put(uint16(2*(bay-1)), int32(now/tenth)) }))
	}
}

// buildMQTT makes the broker and the controllers, which are its clients.
func (s *store) buildMQTT() error {
	b := s.wiring.Broker
	if b == nil {
		return nil
	}
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	if err := server.AddHook(new(openDoor), nil); err != nil {
		return err
	}
	if err := server.AddListener(listeners.NewNet("tcp", s.at.take(b.Port))); err != nil {
		return err
	}
	if err := server.Serve(); err != nil {
		return err
	}
	s.stops = append(s.stops, func() { _ = server.Close() })
	for _, t := range b.Shelves {
		c, err := shelfsim.Start(shelfsim.Options{
			Broker: net.JoinHostPort(s.at.host, strconv.Itoa(b.Port)), Topic: t.Topic, Bays: t.Bays, Every: published, Noise: scatter, Counts: t.Counts,
		})
		if err != nil {
			return fmt.Errorf("%s: %w", t.Device, err)
		}
		c.Mute(true) // it has no load yet
		s.opening = append(s.opening, func() error { c.Mute(false); return nil })
		s.stops = append(s.stops, c.Stop)
		s.add(t.Device, "shelf", newShelf(func(bay int, now, before measure.Mass) { c.Put(bay, grams(now-before)) }))
	}
	return nil
}

// later serves a port once all hardware shows what the world has.
func (s *store) later(port int, f func(net.Listener) error) {
	s.opening = append(s.opening, func() error {
		on := s.at.take(port)
		s.serve(func() { _ = on.Close() }, func() error { return f(on) })
		return nil
	})
}

// listen lets everybody in.
func (s *store) listen() error {
	s.later(statusPort, answer)
	for _, open := range s.opening {
		if err := open(); err != nil {
			return err
		}
	}
	return nil
}
