package panel

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/fault"
)

// heard takes an answer. The bus's mutex is held.
func (b *bus) heard(p *peripheral, code byte, got *osdp.Frame, c *command) {
	if got.Code == osdp.Nak {
		b.refused(p, code, got, c)
		return
	}
	var err error
	switch p.phase {
	case phaseIdentify, phaseCapabilities, phaseChallenge, phaseProve, phaseKey:
		err = p.advance(got)
	case phaseLocal:
		err = b.said(p, got)
		p.phase++
		if err == nil && p.can[osdp.FuncInputs].Count == 0 {
			p.arrive()
		}
	case phaseInputs:
		if err = b.said(p, got); err == nil {
			p.arrive()
		}
	case phaseOnline:
		err = b.said(p, got)
	}
	if err != nil {
		c.end(fault.Wrap(fault.Unknown, osdp.Name(code, false), err))
		p.restart(fmt.Sprintf("%s answers nonsense to %s: %v", p.name(), osdp.Name(code, false), err))
		return
	}
	c.end(nil)
}

func (p *peripheral) arrive() { p.phase, p.online, p.cause = phaseOnline, true, "" }

// advance takes the answers by which a session begins.
func (p *peripheral) advance(got *osdp.Frame) (err error) {
	switch p.phase {
	case phaseIdentify:
		if p.identity, err = osdp.ParseIdentity(got.Data); err == nil {
			p.known = true
			p.phase = phaseCapabilities
		}
	case phaseCapabilities:
		if p.can, err = osdp.ParseCapabilities(got.Data); err == nil {
			p.phase = phaseChallenge
			if p.options.Key == nil {
				p.phase = phaseLocal
			}
		}
	case phaseChallenge:
		return p.challenged(got)
	case phaseProve:
		first := p.channel.Start()
		if got.Code != osdp.FirstMAC || !osdp.Equal(first[:], got.Data) {
			return errors.New("the first MAC is another")
		}
		p.sealed, p.phase = true, phaseLocal
		if p.giving {
			p.phase = phaseKey
		}
	case phaseKey:
		if got.Code != osdp.Ack {
			return fmt.Errorf("%s", osdp.Name(got.Code, true))
		}
		// Its own key holds from now on: the channel is begun again with it.
		p.giving, p.sealed, p.channel, p.phase = false, false, nil, phaseChallenge
	case phaseLocal, phaseInputs, phaseOnline:
	}
	return err
}

// challenged checks that the peripheral has the key.
func (p *peripheral) challenged(got *osdp.Frame) error {
	if got.Code != osdp.ClientCrypt {
		return fmt.Errorf("%s", osdp.Name(got.Code, true))
	}
	proof, err := osdp.ParseProof(got.Data)
	if err != nil {
		return err
	}
	p.channel = osdp.Begin(p.key, p.random, proof.Random)
	if client := p.channel.Client(); !osdp.Equal(client[:], proof.Cryptogram[:]) {
		p.otherKey()
		return nil
	}
	p.phase = phaseProve
	return nil
}

// otherKey is of a peripheral that has not got the key: it is given it where
// that was asked for, and left alone otherwise.
func (p *peripheral) otherKey() {
	switch {
	case p.giving:
		p.giving = false
		p.restart(p.name() + " has neither this key nor the one that it was delivered with: set it back to its delivery state, or write the key that it has")
	case p.options.Install:
		p.restart("")
		p.giving = true
		p.cause = p.name() + " is given its key"
		p.next = p.next.Add(-retryEvery)
	default:
		p.restart(p.name() + " has another key: write the one that it has, or install = true to give this one to a peripheral in its delivery state")
	}
}

// refused takes osdp_NAK. The bus's mutex is held.
func (b *bus) refused(p *peripheral, code byte, got *osdp.Frame, c *command) {
	r, err := osdp.ParseRefusal(got.Data)
	if err != nil {
		r = osdp.Unable
	}
	switch {
	case p.phase == phaseChallenge || p.phase == phaseProve || r == osdp.NoSuchSecurity && p.options.Key != nil && !p.sealed:
		if p.can[osdp.FuncSecurity].Level&1 == 0 {
			p.restart(p.name() + " knows no secure channel: without a key it is spoken to only with clear = true, and whoever holds the line can forge what it says")
			break
		}
		p.otherKey()
	case r == osdp.EncryptionRequired && p.options.Key == nil:
		p.restart(p.name() + " wants a secure channel: write its key")
	case r == osdp.BadSequence, r == osdp.EncryptionRequired, r == osdp.NoSuchSecurity, len(got.MAC) == 0 && p.sealed:
		// It began anew, and has not carried out what it was told.
		p.restart(fmt.Sprintf("%s began its session anew: %v", p.name(), r))
		p.next = p.next.Add(-retryEvery)
	case p.phase == phaseLocal:
		p.phase = phaseInputs // it has no such state, and may have no inputs
		if p.can[osdp.FuncInputs].Count == 0 {
			p.arrive()
		}
	case p.phase == phaseInputs:
		p.arrive()
	case p.phase != phaseOnline:
		p.restart(fmt.Sprintf("%s refuses %s: %v", p.name(), osdp.Name(code, false), r))
	}
	outcome := fault.Refused
	if !p.online {
		outcome = fault.Unavailable
	}
	c.end(fault.Wrap(outcome, osdp.Name(code, false), r))
}

// said takes what a peripheral says, asked or by itself.
func (b *bus) said(p *peripheral, got *osdp.Frame) error {
	switch got.Code {
	case osdp.Raw:
		c, err := osdp.ParseCard(got.Data)
		if err != nil {
			return err
		}
		b.tell(p, Card{c})
	case osdp.Keypad:
		reader, keys, err := osdp.ParseKeys(got.Data)
		if err != nil {
			return err
		}
		b.tell(p, Keys{Reader: reader, Pressed: bytes.Clone(keys)})
	case osdp.InStatus:
		p.inputs = bytes.Clone(got.Data)
		b.tell(p, Inputs(p.inputs))
	case osdp.LocalStatus:
		l, err := osdp.ParseLocal(got.Data)
		if err != nil {
			return err
		}
		p.local = l
	}
	return nil
}

// tell hands an event to the devices of a peripheral. One that does not listen
// is lost, and no other waits for it.
func (b *bus) tell(p *peripheral, e Event) {
	for s := range b.stations {
		if s.peripheral != p || s.deaf {
			continue
		}
		select {
		case s.events <- e:
		default:
			s.deaf = true
			close(s.events)
		}
	}
}
