// Package osdpsim is a peripheral of OSDP: a badge, palm or keypad reader with
// inputs and outputs, for development and for tests.
//
// It is ours as the plugin is, so it proves the plugin's manners and not the
// protocol; the recorded sessions of others do that.
package osdpsim

import (
	"crypto/rand"
	"io"
	"net"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
)

// Inputs is how many inputs a peripheral has, and outputs.
const Inputs = 4

// Fault is what is wrong with a peripheral.
type Fault int

// The faults.
const (
	FaultNone    Fault = iota
	FaultSilent        // it answers nothing
	FaultGarbage       // what it answers is damaged
	FaultDrip          // it answers a byte a second
	FaultTwice         // it answers twice, as two with one address do
	FaultBusy          // it is always busy
)

// Peripheral is one. Its zero value has the key that everybody knows, address
// 0, and two inputs and outputs; set the fields before it is served.
type Peripheral struct {
	Address byte
	// Key is its secure channel base key; the default key while it is zero, and it
	// takes another then.
	Key osdp.Key
	// Clear is a peripheral that knows no secure channel.
	Clear bool

	mu      sync.Mutex
	fault   Fault
	channel *osdp.Channel
	sealed  bool
	last    []byte // the last answer
	lastSeq byte
	asked   bool
	waiting []said
	spoke   said // what it said last by itself
	inputs  []byte
	tamper  bool
	outputs map[byte]time.Time // until when each is on
	pulsed  map[byte]time.Time // when each was switched on last
	told    []Told
	random  [osdp.RandomLen]byte
	// own carries out a command of the maker's own; nil refuses all.
	own func(data []byte) (byte, []byte)
}

// vendor is whose peripheral it says that it is.
var vendor = [3]byte{0xa1, 0x51, 0xe0}

// said is what it says at the next poll.
type said struct {
	code byte
	data []byte
}

// Told is a command that it carried out.
type Told struct {
	Code byte
	Data []byte
}

// Read presents a card: bits, the first one the highest of the first byte.
func (p *Peripheral) Read(reader byte, bits int, data []byte) {
	p.say(osdp.Raw, osdp.Card{Reader: reader, Format: 1, Bits: bits, Data: data}.Append(nil))
}

// Press presses keys: digits, * and #.
func (p *Peripheral) Press(keys string) {
	data := []byte{0, byte(len(keys))}
	for _, k := range []byte(keys) {
		switch k {
		case '*':
			k = osdp.KeyClear
		case '#':
			k = osdp.KeyEnter
		}
		data = append(data, k)
	}
	p.say(osdp.Keypad, data)
}

// Input sets an input, counted from 0.
func (p *Peripheral) Input(n int, active bool) {
	p.mu.Lock()
	all := p.states()
	all[n] = 0
	if active {
		all[n] = 1
	}
	p.mu.Unlock()
	p.say(osdp.InStatus, append([]byte(nil), all...))
}

// Tamper opens its case, or closes it.
func (p *Peripheral) Tamper(open bool) {
	p.mu.Lock()
	p.tamper = open
	local := p.local()
	p.mu.Unlock()
	p.say(osdp.LocalStatus, local)
}

// Break sets what is wrong with it.
func (p *Peripheral) Break(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Reboot makes it forget its session and say once more what it said last.
func (p *Peripheral) Reboot() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.channel, p.sealed, p.asked = nil, false, false
	if p.spoke.code != 0 {
		p.waiting = append([]said{p.spoke}, p.waiting...)
	}
}

// Told are the commands that it carried out so far.
func (p *Peripheral) Told() []Told {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Told(nil), p.told...)
}

// Shows is the colour that its LED was told last, and the text; false before any.
func (p *Peripheral) Shows() (c osdp.Colour, text string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.told {
		switch {
		case t.Code == osdp.LED && len(t.Data) >= 14:
			c, text, ok = osdp.Colour(t.Data[5]), "", true
		case t.Code == osdp.Text && len(t.Data) > 6:
			text = string(t.Data[6:])
		}
	}
	return c, text, ok
}

// On says whether an output is on.
func (p *Peripheral) On(output byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.outputs[output])
}

// Secure says whether a secure channel is up, and whether with its own key.
func (p *Peripheral) Secure() (up, own bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sealed, p.Key != osdp.Key{}
}

func (p *Peripheral) say(code byte, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, said{code, data})
}

func (p *Peripheral) states() []byte {
	if p.inputs == nil {
		p.inputs = make([]byte, Inputs)
	}
	return p.inputs
}

func (p *Peripheral) local() []byte {
	if p.tamper {
		return []byte{1, 0}
	}
	return []byte{0, 0}
}

// Line is peripherals on one line.
type Line []*Peripheral

// Listen serves a line on each connection, one after the other as a serial server
// does, until the listener is closed.
func (l Line) Listen(on net.Listener) error {
	for {
		c, err := on.Accept()
		if err != nil {
			return err
		}
		_ = l.Serve(c)
		_ = c.Close()
	}
}

// Serve answers on one wire until it ends.
func (l Line) Serve(wire io.ReadWriter) error {
	var r osdp.Reader
	var chunk [512]byte
	for {
		n, err := wire.Read(chunk[:])
		if err != nil {
			return err
		}
		_, _ = r.Write(chunk[:n])
		for {
			f, ok, err := r.Next()
			if !ok && err == nil {
				break
			}
			if !ok || f.Reply {
				continue
			}
			for _, p := range l {
				if p.Address != f.Address && f.Address != osdp.Broadcast {
					continue
				}
				if err := p.send(wire, &f); err != nil {
					return err
				}
			}
		}
	}
}

// send answers a frame, as well as it is.
func (p *Peripheral) send(wire io.Writer, f *osdp.Frame) error {
	p.mu.Lock()
	how := p.fault
	p.mu.Unlock()
	if how == FaultSilent {
		return nil
	}
	if how == FaultBusy {
		_, err := wire.Write((&osdp.Frame{Address: p.Address, Reply: true, Code: osdp.Busy}).Append(nil))
		return err
	}
	out := p.answer(f)
	switch how {
	case FaultGarbage:
		out = append([]byte(nil), out...)
		out[len(out)-1] ^= 0x55
	case FaultTwice:
		again := (&osdp.Frame{Address: p.Address, Reply: true, Seq: f.Seq ^ 1, Code: osdp.Ack}).Append(nil)
		out = append(again, out...)
	case FaultDrip:
		out = out[:1]
	case FaultNone, FaultSilent, FaultBusy:
	}
	_, err := wire.Write(out)
	return err
}

// answer gives the bytes that answer a frame.
func (p *Peripheral) answer(f *osdp.Frame) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Seq != 0 && p.asked && f.Seq == p.lastSeq {
		return p.last // asked again: the answer was lost
	}
	out := osdp.Frame{Address: p.Address, Reply: true, Seq: f.Seq, Checksum: f.Checksum}
	if f.Seq == 0 {
		p.channel, p.sealed = nil, false
	} else if !p.asked || f.Seq != p.lastSeq%3+1 {
		out.Seq, out.Code, out.Data = 0, osdp.Nak, []byte{byte(osdp.BadSequence)}
		return out.Append(nil)
	}
	p.asked, p.lastSeq = true, f.Seq
	sealed := p.sealed
	if sealed {
		if err := p.channel.Open(f); err != nil {
			p.channel, p.sealed = nil, false
			out.Code, out.Data = osdp.Nak, []byte{byte(osdp.NoSuchSecurity)}
			p.last = out.Append(nil)
			return p.last
		}
	}
	out.Code, out.Data = p.obey(f, &out)
	if sealed && p.sealed {
		p.channel.Seal(&out)
	}
	p.last = out.Append(nil)
	return p.last
}

func refuse(r osdp.Refusal) (byte, []byte) { return osdp.Nak, []byte{byte(r)} }

// obey carries out a command.
func (p *Peripheral) obey(f *osdp.Frame, out *osdp.Frame) (byte, []byte) {
	switch f.Code {
	case osdp.Poll:
		if len(p.waiting) == 0 {
			return osdp.Ack, nil
		}
		s := p.waiting[0]
		p.waiting, p.spoke = p.waiting[1:], s
		return s.code, s.data
	case osdp.ID:
		return osdp.PDID, osdp.Identity{Vendor: vendor, Model: 1, Version: 1, Serial: 1000 + uint32(p.Address), Firmware: [3]byte{1, 0, 0}}.Append(nil)
	case osdp.Cap:
		security := byte(1)
		if p.Clear {
			security = 0
		}
		return osdp.PDCap, []byte{1, 1, 4, 2, 1, 4, 3, 1, 0, 4, 4, 1, 5, 2, 1, 6, 1, 1, 8, 1, 0, 9, security, security, 13, 0, 1}
	case osdp.LocalStat:
		return osdp.LocalStatus, p.local()
	case osdp.InStat:
		return osdp.InStatus, append([]byte(nil), p.states()...)
	case osdp.Out:
		return p.switched(f)
	case osdp.LED, osdp.Buzzer, osdp.Text:
		p.told = append(p.told, Told{f.Code, append([]byte(nil), f.Data...)})
		return osdp.Ack, nil
	case osdp.Mfg:
		if p.own != nil {
			return p.own(f.Data)
		}
	case osdp.Challenge, osdp.Crypt:
		if p.Clear {
			return refuse(osdp.NoSuchSecurity)
		}
		return p.prove(f, out)
	case osdp.KeySet:
		k, err := osdp.NewKey(f.Data)
		if err != nil {
			return refuse(osdp.BadLength)
		}
		if !p.sealed {
			return refuse(osdp.EncryptionRequired)
		}
		p.Key = k
		return osdp.Ack, nil
	}
	return refuse(osdp.UnknownCommand)
}

func (p *Peripheral) switched(f *osdp.Frame) (byte, []byte) {
	all, err := osdp.Outputs(f.Data)
	if err != nil {
		return refuse(osdp.BadLength)
	}
	if p.outputs == nil {
		p.outputs, p.pulsed = map[byte]time.Time{}, map[byte]time.Time{}
	}
	for _, o := range all {
		if o.Control != osdp.OutputOff {
			p.pulsed[o.Number] = time.Now()
		}
		switch o.Control {
		case osdp.OutputOff:
			delete(p.outputs, o.Number)
		case osdp.OutputOn:
			p.outputs[o.Number] = time.Now().Add(24 * time.Hour)
		case osdp.OutputPulse:
			p.outputs[o.Number] = time.Now().Add(time.Duration(o.Tenths) * 100 * time.Millisecond)
		default:
			return refuse(osdp.Unable)
		}
	}
	p.told = append(p.told, Told{f.Code, append([]byte(nil), f.Data...)})
	return osdp.Ack, nil
}

// prove makes the secure channel.
func (p *Peripheral) prove(f, out *osdp.Frame) (byte, []byte) {
	if len(f.Security) != 2 {
		return refuse(osdp.NoSuchSecurity)
	}
	own := f.Security[1] == 1
	fresh := p.Key == osdp.Key{}
	if own == fresh {
		return refuse(osdp.NoSuchSecurity)
	}
	key := p.Key
	if fresh {
		key = osdp.DefaultKey
	}
	switch {
	case f.Code == osdp.Challenge && f.Security[0] == osdp.SCS11 && len(f.Data) == osdp.RandomLen:
		var panel [osdp.RandomLen]byte
		copy(panel[:], f.Data)
		_, _ = rand.Read(p.random[:])
		p.channel = osdp.Begin(key, panel, p.random)
		out.Security = []byte{osdp.SCS12, f.Security[1]}
		return osdp.ClientCrypt, osdp.Proof{Random: p.random, Cryptogram: p.channel.Client()}.Append(nil)
	case f.Code == osdp.Crypt && f.Security[0] == osdp.SCS13 && p.channel != nil:
		server := p.channel.Server()
		if !osdp.Equal(server[:], f.Data) {
			p.channel = nil
			return refuse(osdp.NoSuchSecurity)
		}
		first := p.channel.Start()
		p.sealed = true
		out.Security = []byte{osdp.SCS14, 1}
		return osdp.FirstMAC, first[:]
	}
	return refuse(osdp.NoSuchSecurity)
}
