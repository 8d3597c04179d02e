// Package i2csim is what simulated chips on an I2C bus have in common, for tests: their place on
// the bus, which can be empty, and transfers that a disturbance spoils.
package i2csim

import (
	"errors"
	"sync"
)

// Errors of a bus.
var (
	// ErrNoAcknowledge: no chip that is there has the address.
	ErrNoAcknowledge = errors.New("no acknowledge")
	// ErrDisturbed: a transfer began, and did not come to its end.
	ErrDisturbed = errors.New("arbitration lost")
)

// Device is what hangs on a bus.
type Device interface {
	// Tx is one transfer to an address: w is written, then r read after a repeated start.
	Tx(addr uint16, w, r []byte) error
}

// Bus is several devices on one bus: the first that acknowledges an address answers for it.
type Bus []Device

// Tx is one transfer.
func (b Bus) Tx(addr uint16, w, r []byte) error {
	for _, d := range b {
		if err := d.Tx(addr, w, r); !errors.Is(err, ErrNoAcknowledge) {
			return err
		}
	}
	return ErrNoAcknowledge
}

// Place is where a chip is plugged in. One thing at a time happens to the chip.
type Place struct {
	mu    sync.Mutex
	empty bool
	fail  int
}

// Do does something to the chip while no transfer is under way.
func (p *Place) Do(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// Empty takes the chip away, or puts it back: then it gets power.
func (p *Place) Empty(empty bool, power func()) {
	p.Do(func() {
		if p.empty = empty; !empty {
			power()
		}
	})
}

// Fail makes the next transfers to the chip fail, as on a disturbed bus.
func (p *Place) Fail(transfers int) { p.Do(func() { p.fail = transfers }) }

// Transfer does a transfer where the chip has the address and is there.
func (p *Place) Transfer(its bool, do func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !its || p.empty:
		return ErrNoAcknowledge
	case p.fail > 0:
		p.fail--
		return ErrDisturbed
	}
	do()
	return nil
}
