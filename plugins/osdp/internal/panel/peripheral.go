package panel

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// phase is how far a session with a peripheral has come.
type phase byte

// The phases, in their order.
const (
	phaseIdentify phase = iota
	phaseCapabilities
	phaseChallenge
	phaseProve
	phaseKey // only where it is given its key
	phaseLocal
	phaseInputs
	phaseOnline
)

// peripheral is one on a line. The line's goroutine has it; what the mutex of
// its bus guards is marked.
type peripheral struct {
	options Options
	where   Where

	phase   phase
	seq     byte
	begun   bool // a frame of this session was sent
	heard   bool // it answered in this session
	next    time.Time
	channel *osdp.Channel
	sealed  bool // the channel is up
	random  [osdp.RandomLen]byte
	key     osdp.Key // of the challenge under way
	giving  bool     // the session is for giving it its key
	damaged int      // frames since the last whole answer
	noise   bool     // bytes came in place of an answer
	strays  int      // answers to no question, of late
	strayed time.Time

	// Guarded by the bus.
	online   bool
	known    bool
	identity osdp.Identity
	can      osdp.Capabilities
	local    osdp.Local
	doubled  bool // two answer for it, it seems
	inputs   []byte
	cause    string // why it is not online
	waiting  []*command
}

func newPeripheral(o Options, where Where) *peripheral {
	p := &peripheral{options: o, where: where}
	p.cause = p.name() + " was not asked yet"
	return p
}

func (p *peripheral) name() string {
	return fmt.Sprintf("peripheral %d at %s", p.options.Address, p.where)
}

// due is when it is asked next.
func (p *peripheral) due() time.Time { return p.next }

// answers says whether a frame is this peripheral's answer to another.
func (p *peripheral) answers(f, got *osdp.Frame) bool {
	if !got.Reply || got.Address != f.Address {
		return false
	}
	if got.Seq == f.Seq || got.Seq == 0 && (got.Code == osdp.Busy || got.Code == osdp.Nak) {
		return true
	}
	p.strayed = time.Now()
	p.strays++
	return false
}

// turn asks a peripheral one thing. An error is the line's.
func (b *bus) turn(p *peripheral) error {
	b.mu.Lock()
	code, data, c := p.pick()
	b.mu.Unlock()
	f := p.frame(code, data)
	p.next = time.Now().Add(pollEvery)
	got, err := b.ask(p, f)
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(p.strayed) > strayFor {
		p.strays = 0
	}
	p.doubled = p.strays >= manyStrays
	if err != nil {
		c.end(fault.Wrap(fault.Unknown, osdp.Name(code, false), err))
		if !errors.Is(err, errSilent) {
			return err
		}
		p.reset(p.silence(b.spoke))
		p.next = time.Now().Add(silentEvery)
		return nil
	}
	p.damaged, p.heard = 0, true
	if err := p.unseal(&got); err != nil {
		c.end(fault.Wrap(fault.Unknown, osdp.Name(code, false), err))
		p.restart(fmt.Sprintf("what %s says is not sealed with its key (%v): somebody else may be on the line", p.name(), err))
		return nil
	}
	b.heard(p, code, &got, c)
	if p.heard && p.phase != phaseOnline {
		p.next = time.Now() // the session begins without a pause
	}
	return nil
}

// pick chooses what is asked: what the session needs, a command that waits, or
// what is new.
func (p *peripheral) pick() (code byte, data []byte, c *command) {
	switch p.phase {
	case phaseIdentify:
		return osdp.ID, []byte{0}, nil
	case phaseCapabilities:
		return osdp.Cap, []byte{0}, nil
	case phaseChallenge:
		_, _ = rand.Read(p.random[:]) // never fails
		p.key = osdp.DefaultKey
		if !p.giving {
			p.key = *p.options.Key
		}
		return osdp.Challenge, p.random[:], nil
	case phaseProve:
		server := p.channel.Server()
		return osdp.Crypt, server[:], nil
	case phaseKey:
		return osdp.KeySet, osdp.Keys(*p.options.Key), nil
	case phaseLocal:
		return osdp.LocalStat, nil, nil
	case phaseInputs:
		return osdp.InStat, nil, nil
	case phaseOnline:
	}
	if len(p.waiting) > 0 {
		c := p.waiting[0]
		p.waiting = p.waiting[1:]
		return c.code, c.data, c
	}
	return osdp.Poll, nil, nil
}

// frame makes the next frame of the session.
func (p *peripheral) frame(code byte, data []byte) *osdp.Frame {
	if p.begun {
		p.seq = p.seq%3 + 1
	}
	p.begun = true
	f := &osdp.Frame{Address: p.options.Address, Seq: p.seq, Checksum: p.options.Checksum, Code: code, Data: data}
	whose := byte(1) // its own key
	if p.giving {
		whose = 0
	}
	switch {
	case code == osdp.Challenge:
		f.Security = []byte{osdp.SCS11, whose}
	case code == osdp.Crypt:
		f.Security = []byte{osdp.SCS13, whose}
	case p.sealed:
		p.channel.Seal(f)
	}
	return f
}

// unseal opens an answer. A peripheral says in the clear that it is busy or can't go on,
// and nothing else once the channel is up.
func (p *peripheral) unseal(got *osdp.Frame) error {
	if !p.sealed || got.Code == osdp.Nak && len(got.MAC) == 0 {
		return nil
	}
	return p.channel.Open(got)
}

// silence says why a peripheral may not answer. On a line that spoke somebody was understood.
func (p *peripheral) silence(spoke bool) string {
	switch {
	case !spoke && p.noise:
		return fmt.Sprintf("bytes arrive at %s, but no frame of OSDP is among them: is the baud rate right? If it is, look at the line's ends, and whether two have the address %d", p.where, p.options.Address)
	case p.damaged > 0:
		return p.name() + " answers, but what comes back is damaged: look at the baud rate, the line's ends, and whether another one has the same address"
	case p.strays > 0:
		return p.name() + " answers something else than it is asked: look whether another one has the same address"
	}
	if spoke && !p.known {
		return p.name() + " does not answer, and others on the line do: is it on, and set to this address?"
	}
	return p.name() + " does not answer: is it on, and set to this address and baud rate?"
}

// reset ends a session.
func (p *peripheral) reset(cause string) {
	p.phase, p.seq, p.begun, p.heard, p.channel, p.sealed, p.damaged, p.strays, p.noise = phaseIdentify, 0, false, false, nil, false, 0, 0, false
	p.online, p.cause = false, cause
	for _, c := range p.waiting {
		c.end(fault.Errorf(fault.Unavailable, "%s", cause)) // it was not sent
	}
	p.waiting = nil
}

// restart begins a session anew, after a pause: what fails at once would
// otherwise fill the line.
func (p *peripheral) restart(cause string) {
	p.reset(cause)
	p.next = time.Now().Add(retryEvery)
}

// end tells a command's outcome; nil is the panel's own.
func (c *command) end(err error) {
	if c != nil {
		c.done <- err
	}
}

// Condition says how the peripheral is.
func (s *Station) Condition() sdk.Condition {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	p := s.peripheral
	switch {
	case !p.online:
		return sdk.Condition{State: sdk.StateOffline, Cause: p.cause, Power: sdk.PowerOffOffline}
	case p.doubled:
		return sdk.Condition{State: sdk.StateDegraded, Cause: p.name() + " answers what it was not asked: look whether another one has the same address", Power: sdk.PowerOnline}
	case p.local.Tamper:
		return sdk.Condition{State: sdk.StateDegraded, Cause: p.name() + " says that its case is open", Power: sdk.PowerOnline}
	case p.local.NoPower:
		return sdk.Condition{State: sdk.StateDegraded, Cause: p.name() + " says that its power fails", Power: sdk.PowerOnline}
	}
	return sdk.Condition{State: sdk.StateReady, Power: sdk.PowerOnline}
}
