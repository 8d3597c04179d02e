package processor

import (
	"cmp"
	"slices"
)

func declined(why string) Reply { return Reply{Status: Declined, Message: why} }

func (p *Processor) authorize(now int64, r Request, partly bool) Reply {
	c := p.cards[r.Token]
	switch {
	case c == nil:
		return declined("no such card")
	case r.Minor <= 0:
		return Reply{Status: Invalid, Message: "a hold needs an amount"}
	case c.Limit >= 0 && c.used+r.Minor > c.Limit:
		return declined("insufficient funds")
	}
	minor := r.Minor
	if partly {
		minor = (minor + 1) / 2
	}
	c.used += minor
	h := &hold{state: Authorize, card: c, Entry: Entry{At: now, Op: Authorize, Key: r.Key, Session: r.Session, Token: r.Token,
		Reference: p.name("hold"), Minor: minor, Currency: r.Currency, Expires: now + p.Caps.HoldLifetime}}
	p.holds[h.Reference] = h
	p.order = append(p.order, h)
	p.enter(h.Entry)
	return Reply{Reference: h.Reference, Minor: minor, Currency: r.Currency, Expires: h.Expires,
		Brand: c.Brand, Last4: c.Last4, Funding: c.Funding, Acted: true}
}

// increase raises a hold to a new total.
func (p *Processor) increase(now int64, r Request) Reply {
	h := p.holds[r.Reference]
	switch {
	case !p.Caps.Increment:
		return Reply{Status: Unsupported, Message: "holds can't be raised"}
	case h == nil || h.state != Authorize:
		return declined("no such hold")
	case r.Currency != h.Currency || r.Minor <= h.Minor:
		return Reply{Status: Invalid, Message: "a hold is raised to more than it is"}
	case h.card.Limit >= 0 && h.card.used+r.Minor-h.Minor > h.card.Limit:
		return declined("insufficient funds")
	}
	h.card.used += r.Minor - h.Minor
	h.Minor = r.Minor
	p.enter(Entry{At: now, Op: Increase, Key: r.Key, Session: h.Session, Token: h.Token, Reference: p.name("inc"), Parent: h.Reference,
		Minor: r.Minor, Currency: h.Currency, Expires: h.Expires})
	return Reply{Reference: h.Reference, Minor: r.Minor, Currency: h.Currency, Expires: h.Expires, Acted: true}
}

func (p *Processor) capture(now int64, r Request) Reply {
	h := p.holds[r.Reference]
	switch {
	case h == nil:
		return declined("no such hold")
	case h.state != Authorize && !(h.state == Capture && p.Caps.MultipleCapture):
		return declined("the hold is over: " + string(h.state))
	case r.Currency != h.Currency || r.Minor <= 0:
		return Reply{Status: Invalid, Message: "a capture needs an amount in the hold's currency"}
	case h.captured+r.Minor > h.Minor+h.Minor*p.Caps.OverCapture/1_000_000:
		return declined("more than the hold")
	case r.Minor < h.Minor && !p.Caps.PartialCapture:
		return declined("a hold is captured in whole")
	}
	h.state, h.captured = Capture, h.captured+r.Minor
	h.parts++
	h.card.used -= min(h.card.used, max(0, h.Minor-h.captured))
	c := &capture{hold: h, Entry: Entry{At: now, Op: Capture, Key: r.Key, Session: cmp.Or(r.Session, h.Session), Token: h.Token,
		Reference: p.name("cap"), Parent: h.Reference, Minor: r.Minor, Currency: r.Currency}}
	p.captures[c.Reference] = c
	p.enter(c.Entry)
	return Reply{Reference: c.Reference, Minor: r.Minor, Currency: r.Currency, Acted: true}
}

func (p *Processor) void(now int64, r Request) Reply {
	h := p.holds[r.Reference]
	switch {
	case h == nil:
		return declined("no such hold")
	case h.state == Void, h.state == Expire:
		return declined("the hold is over: " + string(h.state))
	case h.state == Capture && !p.Caps.VoidAfterCapture:
		return declined("the hold was captured")
	}
	captured := h.state == Capture
	if h.state, h.ended = Void, now; captured {
		h.state = Capture
	}
	h.card.used -= min(h.card.used, h.Minor)
	p.enter(Entry{At: now, Op: Void, Key: r.Key, Session: h.Session, Token: h.Token, Reference: p.name("void"), Parent: h.Reference, Currency: h.Currency})
	return Reply{Reference: h.Reference, Acted: true}
}

func (p *Processor) refund(now int64, r Request) Reply {
	c := p.captures[r.Reference]
	switch {
	case c == nil || c.failed:
		return declined("no such capture")
	case r.Currency != c.Currency || r.Minor <= 0:
		return Reply{Status: Invalid, Message: "a refund needs an amount in the capture's currency"}
	case c.refunded+r.Minor > c.Minor:
		return declined("more than was captured")
	case !p.Caps.PartialRefund && r.Minor != c.Minor:
		return declined("a capture is refunded in whole")
	case now-c.At > p.Caps.RefundWindow:
		return declined("too late")
	}
	c.refunded += r.Minor
	e := Entry{At: now, Op: Refund, Key: r.Key, Session: cmp.Or(r.Session, c.Session), Token: c.Token, Reference: p.name("ref"), Parent: c.Reference,
		Minor: r.Minor, Currency: r.Currency}
	p.enter(e)
	return Reply{Reference: e.Reference, Minor: r.Minor, Currency: r.Currency, Acted: true}
}

// lookup says what became of a movement.
func (p *Processor) lookup(now int64, r Request) Reply {
	if !p.Caps.LookupByKey && !(p.Caps.LookupByReference && r.Reference != "") {
		return Reply{Status: Unsupported, Message: "there is no way to look that up"}
	}
	for _, e := range slices.Backward(p.effects[r.Key]) { // the newest: a key that was forgotten may have acted again
		if e.op != r.Of {
			continue
		}
		if now-e.at < p.Caps.SettlingDelay {
			return Reply{Found: Absent}
		}
		rep := e.reply
		rep.Found, rep.Acted = FoundDone, false
		if c := p.captures[rep.Reference]; c != nil && c.failed {
			return Reply{Found: FoundDeclined, Message: "the capture failed"}
		}
		if h := p.holds[rep.Reference]; h != nil && e.op == Authorize && h.state != Authorize && h.state != Capture {
			rep.Expires = min(rep.Expires, h.ended)
		}
		return rep
	}
	if m := p.memos[r.Key]; m != nil && m.reply.Status == Declined {
		return Reply{Found: FoundDeclined, Message: m.reply.Message}
	}
	return Reply{Found: Absent}
}

// Tick lets holds lapse whose time is over.
func (p *Processor) Tick(now int64) {
	if now < p.lastTick+int64(1e9) {
		return
	}
	p.lastTick = now
	kept := p.order[:0]
	for _, h := range p.order {
		if h.state == Authorize && now >= h.Expires {
			h.state, h.ended = Expire, h.Expires
			p.enter(Entry{At: h.Expires, Op: Expire, Session: h.Session, Token: h.Token, Reference: p.name("exp"), Parent: h.Reference, Currency: h.Currency})
		}
		if h.state == Authorize {
			kept = append(kept, h)
		}
	}
	p.order = kept
}

// FailCapture takes a capture back, as clearing does days later.
func (p *Processor) FailCapture(now int64, reference string) bool {
	c := p.captures[reference]
	if c == nil || c.failed || c.refunded > 0 {
		return false
	}
	c.failed = true
	c.hold.state, c.hold.ended = Expire, now // it was used up by the capture
	p.enter(Entry{At: now, Op: CaptureFailed, Key: c.Key, Session: c.Session, Token: c.Token, Reference: c.Reference, Parent: c.Parent, Minor: c.Minor, Currency: c.Currency})
	return true
}

// ChargeBack is what a cardholder's bank does.
func (p *Processor) ChargeBack(now int64, reference string) bool {
	c := p.captures[reference]
	if c == nil || c.failed {
		return false
	}
	p.enter(Entry{At: now, Op: Chargeback, Key: c.Key, Session: c.Session, Token: c.Token, Reference: c.Reference, Parent: c.Parent, Minor: c.Minor, Currency: c.Currency})
	return true
}

// LapseNow ends a hold before its time, as issuers do; it reports whether one
// stood.
func (p *Processor) LapseNow(now int64, reference string) bool {
	h := p.holds[reference]
	if h == nil || h.state != Authorize {
		return false
	}
	h.Expires = now
	p.lastTick = 0
	p.Tick(now)
	return true
}

// Standing lists the holds that stand, oldest first.
func (p *Processor) Standing() []Entry {
	var out []Entry
	for _, h := range p.order {
		if h.state == Authorize {
			out = append(out, h.Entry)
		}
	}
	return out
}
