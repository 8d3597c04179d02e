// Package modbussim is a Modbus/TCP device to develop against: load-cell
// transmitters, and the contacts of a gate.
//
// Its protocol is the library's that the plugin uses too, so it proves what the
// plugin does with registers and coils; the peers in the plugin's tests prove the
// protocol.
package modbussim

import (
	"sync"
	"time"

	"github.com/simonvetter/modbus"
)

// Device is one. Use New, or Make and Serve.
type Device struct {
	mu        sync.Mutex
	registers map[uint16]uint16
	inputs    map[uint16]bool
	coils     map[uint16]bool
	pulses    map[uint16]int
	looks     int // how often inputs were read
	deaf      bool
	server    *modbus.ModbusServer
}

// New serves a device at host and port until Close.
func New(addr string) (*Device, error) {
	d := Make()
	return d, d.Serve(addr)
}

// Make makes a device that nobody can reach yet.
func Make() *Device {
	return &Device{registers: map[uint16]uint16{}, inputs: map[uint16]bool{}, coils: map[uint16]bool{}, pulses: map[uint16]int{}}
}

// Serve serves it at host and port until Close.
func (d *Device) Serve(addr string) error {
	s, err := modbus.NewServer(&modbus.ServerConfiguration{URL: "tcp://" + addr, Timeout: time.Minute, MaxClients: 8}, d)
	if err != nil {
		return err
	}
	d.server = s
	return s.Start()
}

// Close ends it.
func (d *Device) Close() { _ = d.server.Stop() }

// Put sets the 32-bit number in two registers, the higher half first.
func (d *Device) Put(register uint16, value int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.registers[register], d.registers[register+1] = uint16(uint32(value)>>16), uint16(value)
}

// Set sets one register.
func (d *Device) Set(register, value uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.registers[register] = value
}

// Input sets a discrete input.
func (d *Device) Input(n uint16, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inputs[n] = on
}

// Contact closes a contact until it was seen, or for as long as a gate keeps it closed where
// nobody looks, and opens it again.
func (d *Device) Contact(n uint16, most time.Duration) {
	for _, on := range []bool{true, false} {
		d.Input(n, on)
		before := d.looked()
		for end := time.Now().Add(most); d.looked() < before+4 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
}

// Curtain has a body break a light curtain's two beams, the street's first when it
// goes in, and each as long as Contact closes a contact.
func (d *Device) Curtain(street, store uint16, in bool, most time.Duration) {
	first, last := street, store
	if !in {
		first, last = store, street
	}
	for _, beam := range []struct {
		n      uint16
		broken bool
	}{{first, true}, {last, true}, {first, false}, {last, false}} {
		d.Input(beam.n, beam.broken)
		before := d.looked()
		for end := time.Now().Add(most); d.looked() < before+wholeLooks && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
	}
}

// wholeLooks is how often a beam that has changed is looked at: a gate asks for all of
// its inputs at once, and must see each step twice.
const wholeLooks = 2

func (d *Device) looked() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.looks
}

// Pulses is how often a coil was switched on.
func (d *Device) Pulses(coil uint16) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pulses[coil]
}

// Break makes it answer nothing but a device failure, or mends it.
func (d *Device) Break(broken bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = broken
}

// HandleCoils is the library's.
func (d *Device) HandleCoils(r *modbus.CoilsRequest) (all []bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return nil, modbus.ErrServerDeviceFailure
	}
	for n := range r.Quantity {
		at := r.Addr + n
		if r.IsWrite {
			if r.Args[n] && !d.coils[at] {
				d.pulses[at]++
			}
			d.coils[at] = r.Args[n]
		}
		all = append(all, d.coils[at])
	}
	return all, nil
}

// HandleDiscreteInputs is the library's.
func (d *Device) HandleDiscreteInputs(r *modbus.DiscreteInputsRequest) (all []bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return nil, modbus.ErrServerDeviceFailure
	}
	d.looks++
	for n := range r.Quantity {
		all = append(all, d.inputs[r.Addr+n])
	}
	return all, nil
}

// HandleHoldingRegisters is the library's.
func (d *Device) HandleHoldingRegisters(r *modbus.HoldingRegistersRequest) ([]uint16, error) {
	if r.IsWrite {
		return nil, modbus.ErrIllegalFunction
	}
	return d.words(r.Addr, r.Quantity)
}

// HandleInputRegisters is the library's.
func (d *Device) HandleInputRegisters(r *modbus.InputRegistersRequest) ([]uint16, error) {
	return d.words(r.Addr, r.Quantity)
}

func (d *Device) words(from, n uint16) (all []uint16, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.deaf {
		return nil, modbus.ErrServerDeviceFailure
	}
	for i := range n {
		all = append(all, d.registers[from+i])
	}
	return all, nil
}
