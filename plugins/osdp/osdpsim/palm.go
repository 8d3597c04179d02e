package osdpsim

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
)

// Palm is a peripheral that recognises people by itself. It has a name of its own
// for each, of eight bytes, which it says as osdp_RAW; whom it does not know it
// turns away without a word on the line. Make it with NewPalm.
//
// It takes two commands by osdp_MFG, after its OUI: 1, the reader and a number
// of seconds (two bytes, little-endian) has it learn whom it sees next; 2, the
// reader, a number of bits (two bytes) and a name has it forget somebody.
type Palm struct {
	*Peripheral

	hands map[string][]byte // guarded by the peripheral, as what follows
	until time.Time
}

// NewPalm makes one that knows some hands, by what people call them.
func NewPalm(known ...string) *Palm {
	p := &Palm{Peripheral: &Peripheral{}}
	p.own = p.makers
	p.Reset(known...)
	return p
}

// Reset has it know these hands and no others, under new names.
func (p *Palm) Reset(known ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hands, p.until = map[string][]byte{}, time.Time{}
	for _, hand := range known {
		p.hands[hand] = newName()
	}
}

func newName() []byte {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return b
}

// Present holds a hand over it, and says whether it knows that hand, or learned it
// just now.
func (p *Palm) Present(hand string) bool {
	p.mu.Lock()
	name, known := p.hands[hand]
	if !known && time.Now().Before(p.until) {
		name, known = newName(), true
		p.hands[hand], p.until = name, time.Time{}
	}
	p.mu.Unlock()
	if known {
		p.Read(0, 8*len(name), name)
	}
	return known
}

// Knows says whether it knows a hand.
func (p *Palm) Knows(hand string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.hands[hand]
	return ok
}

// makers carries out a command of its maker's own. The peripheral's mutex is held.
func (p *Palm) makers(data []byte) (byte, []byte) {
	if len(data) < 5 || !bytes.Equal(data[:3], vendor[:]) {
		return refuse(osdp.Unable)
	}
	switch said := data[5:]; data[3] {
	case 1:
		if len(said) != 2 {
			return refuse(osdp.BadLength)
		}
		p.until = time.Now().Add(time.Duration(binary.LittleEndian.Uint16(said)) * time.Second)
	case 2:
		if len(said) < 3 {
			return refuse(osdp.BadLength)
		}
		for hand, name := range p.hands {
			if bytes.Equal(name, said[2:]) {
				delete(p.hands, hand)
			}
		}
	default:
		return refuse(osdp.Unable)
	}
	return osdp.Ack, nil
}
