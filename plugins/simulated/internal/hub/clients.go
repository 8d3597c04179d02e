package hub

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
)

// call is a command that a device's plugin waits for.
type call struct {
	c  *client
	id uint64
}

// handle takes one event. A client that breaks the protocol is let go.
func (h *Hub) handle(e event) {
	if h.opt.Free {
		h.catchUp(time.Now())
	}
	if e.do != nil {
		e.do()
		return
	}
	if e.err != nil {
		h.disconnect(e.c)
		e.c.conn.Close()
		return
	}
	if err := h.line(e.c, e.msg); err != nil {
		h.opt.Log.Warn("a client is let go", "err", err)
		if werr := e.c.conn.Write(wire.ToClient{Error: wire.Fault(err)}); werr != nil {
			h.opt.Log.Debug("tell the client why", "err", werr)
		}
		h.disconnect(e.c)
		e.c.conn.Close()
	}
}

func (h *Hub) line(c *client, m wire.FromClient) error {
	switch {
	case m.Hello != "":
		return h.hello(c, m)
	case !h.clients[c]:
		return fault.New(fault.Invalid, "the first line must be a hello")
	case m.Poll != 0 && c.participant != nil:
		h.clock.answered(c.participant, m)
	case m.Done != 0 && c.device != nil:
		c.device.confirm(m.Done)
	case m.Call != 0 && c.device != nil:
		h.call(c, m)
	case m.Call != 0 && c.hardware != nil:
		h.command(c, m)
	case m.Done != 0 && c.hardware != nil: // nobody waits for it
	case m.Unplug != "" && c.hand:
		return h.unplug(c, m)
	case m.Cancel != 0 && c.device != nil:
		h.settle(func(o *call) bool { return o.c == c && o.id == m.Cancel })
	default:
		return fault.New(fault.Invalid, "a line that says nothing its sender may say")
	}
	return nil
}

func (h *Hub) hello(c *client, m wire.FromClient) error {
	if h.clients[c] {
		return fault.New(fault.Invalid, "a second hello")
	}
	if len(h.clients) >= MaxClients {
		return fault.New(fault.Unavailable, "too many connections")
	}
	h.clients[c] = true
	h.clock.again()
	switch m.Hello {
	case wire.HelloDevice:
		return h.connect(c, m)
	case wire.HelloParticipant:
		return h.join(c, m.Name)
	case wire.HelloHand:
		c.hand = true
		return c.conn.Write(wire.ToClient{Hello: wire.HelloHand})
	case wire.HelloHardware:
		return h.attach(c, m)
	default:
		return fault.Errorf(fault.Invalid, "a hello as %q: it is device, hardware, participant or hand", m.Hello)
	}
}

// join takes a participant in and tells it the time.
func (h *Hub) join(c *client, name string) error {
	if name == "" {
		return fault.New(fault.Invalid, "a participant needs a name")
	}
	c.participant = &participant{name: name, client: c}
	if name == wire.Host && !h.hosted() {
		now := time.Now()
		for _, d := range h.order {
			if d.client == nil {
				d.down = now // its plugin has only just begun to start
			}
		}
	}
	h.participants = append(h.participants, c.participant)
	h.clock.met(name)
	h.clock.asked = false
	h.opt.Log.Info("participant", "name", name)
	m := h.now()
	m.StartUS, m.Wall = int64(h.opt.Start), h.opt.Free && h.opt.Speed <= 1
	if err := c.conn.Write(m); err != nil || !h.opt.Free {
		return err
	}
	h.ask() // nobody else does where the clock waits for no answers
	return nil
}

func (h *Hub) now() wire.ToClient {
	return wire.ToClient{AdvanceUS: int64(h.tl.Now()), Done: h.done()}
}

func (h *Hub) hosted() bool {
	return slices.ContainsFunc(h.participants, func(p *participant) bool { return p.name == wire.Host })
}

// disconnect forgets a connection. Nobody waits for its calls any more.
func (h *Hub) disconnect(c *client) {
	delete(h.clients, c)
	h.clock.again()
	h.settle(func(o *call) bool { return o.c == c })
	if d := c.device; d != nil && d.client == c {
		d.client, d.down, d.sent = nil, time.Now(), 0
	}
	if c.hardware != nil {
		h.detach(c)
	}
	if p := c.participant; p != nil {
		h.participants = slices.DeleteFunc(h.participants, func(o *participant) bool { return o == p })
	}
}

// settle ends calls: they are answered, or nobody waits for them.
func (h *Hub) settle(which func(*call) bool) bool {
	found := false
	for o := range h.calls {
		if which(o) {
			delete(h.calls, o)
			found = true
		}
	}
	if found {
		h.clock.again()
	}
	return found
}

// call takes a command. A gate answers at once, a processor in its time.
func (h *Hub) call(c *client, m wire.FromClient) {
	o := &call{c: c, id: m.Call}
	h.calls[o] = true
	h.clock.again()
	switch {
	case c.device.class == "gate" && m.Method == "admit":
		h.answer(o, struct{}{}, h.admit(c.device, m))
	case c.device.class == "payment" && payments[m.Method]:
		var r wire.PaymentParams
		if err := json.Unmarshal(m.Params, &r); err != nil {
			h.answer(o, nil, fault.Wrap(fault.Invalid, "read the request", err))
			return
		}
		h.proc.Call(m.Method, r, func(result wire.PaymentResult, err error) {
			h.answers = append(h.answers, func() { h.answer(o, result, err) })
		})
	default:
		h.answer(o, nil, fault.Errorf(fault.Unsupported, "a %s has no %q", c.device.class, m.Method))
	}
}

var payments = map[string]bool{
	processor.Authorize: true, processor.Capture: true, processor.Void: true, processor.Refund: true, processor.Increase: true,
	processor.Lookup: true,
}

// answer sends a call's answer. A second answer is sent too: the faults of the
// processor include that, and whoever gets it must not mind. One that nobody
// waits for any more is sent as well, where the connection still stands.
func (h *Hub) answer(o *call, result any, err error) {
	h.settle(func(x *call) bool { return x == o })
	if !h.clients[o.c] {
		return
	}
	m := wire.ToClient{Call: o.id, Error: wire.Fault(err)}
	if err == nil {
		b, merr := json.Marshal(result)
		if merr != nil {
			h.Fail(merr)
			return
		}
		m.Result = b
	}
	if werr := o.c.conn.Write(m); werr != nil {
		h.opt.Log.Warn("answer", "device", o.c.device.address, "err", werr)
	}
}
