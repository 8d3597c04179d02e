package hub

import (
	"encoding/json"

	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// Names takes a line for each credential that the store calls by another name.
type Names interface{ Append(v any) error }

// NameLine says what the store calls a credential.
type NameLine struct {
	Credential string `json:"credential"`
	Token      string `json:"token"`
}

// attach puts hardware in a device's place: it hears what is there, then that this is
// all, and from then on what happens.
func (h *Hub) attach(c *client, m wire.FromClient) error {
	d := h.devices[m.Device]
	if d == nil || d.class != m.Class {
		return fault.Errorf(fault.Invalid, "the scene has no %s %s", m.Class, m.Device)
	}
	c.hardware = d
	h.hardware[d.address] = append(h.hardware[d.address], c)
	for _, l := range h.world.Loads(d.address) {
		h.tellHardware(c, wire.KindLoad, l)
	}
	return c.conn.Write(wire.ToClient{Hello: d.address})
}

func (h *Hub) detach(c *client) {
	all := h.hardware[c.hardware.address]
	for i := range all {
		if all[i] == c {
			h.hardware[c.hardware.address] = append(all[:i:i], all[i+1:]...)
			return
		}
	}
}

// Loaded tells a shelf's hardware what lies on a bay.
func (h *Hub) Loaded(shelf string, l wire.Load) {
	for _, c := range h.hardware[shelf] {
		h.tellHardware(c, wire.KindLoad, l)
	}
}

// sensed tells a device's hardware what happens before it. A settled weight is
// for a scale to find.
func (h *Hub) sensed(address string, e observe.Evidence) {
	if _, settled := e.(observe.Weight); settled {
		return
	}
	for _, c := range h.hardware[address] {
		h.tellHardware(c, observe.KindOf(e).String(), e)
	}
}

func (h *Hub) tellHardware(c *client, kind string, report any) {
	b, err := json.Marshal(report)
	if err != nil {
		h.Fail(err)
		return
	}
	c.told++
	if err := c.conn.Write(wire.ToClient{ID: c.told, Kind: kind, Report: b}); err != nil {
		h.opt.Log.Warn("hardware takes nothing", "device", c.hardware.address, "err", err)
	}
}

// command is what hardware was driven to do, or knows.
func (h *Hub) command(c *client, m wire.FromClient) {
	var err error
	switch d := c.hardware; {
	case d.class == "gate" && m.Method == "admit":
		err = h.admit(d, m)
	case d.class == "credential" && m.Method == "known_as":
		err = h.knownAs(m)
	default:
		err = fault.Errorf(fault.Unsupported, "the hardware of a %s has no %q", d.class, m.Method)
	}
	a := wire.ToClient{Call: m.Call, Error: wire.Fault(err)}
	if err == nil {
		a.Result = json.RawMessage("{}")
	}
	if werr := c.conn.Write(a); werr != nil {
		h.opt.Log.Warn("answer", "device", c.hardware.address, "err", werr)
	}
}

func (h *Hub) admit(d *device, m wire.FromClient) error {
	var a wire.AdmitParams
	if err := json.Unmarshal(m.Params, &a); err != nil {
		return fault.Wrap(fault.Invalid, "read the admission", err)
	}
	return h.world.Admit(d.address, a.Session, a.Bodies, timeline.Instant(a.ExpiresUS))
}

func (h *Hub) knownAs(m wire.FromClient) error {
	var p wire.KnownAsParams
	if err := json.Unmarshal(m.Params, &p); err != nil || p.Credential == "" || p.Token == "" {
		return fault.New(fault.Invalid, "known_as: a credential and its token")
	}
	if h.opt.Names != nil {
		if err := h.opt.Names.Append(NameLine(p)); err != nil {
			h.Fail(err)
		}
	}
	h.world.KnownAs(p.Credential, p.Token)
	return nil
}

// opens says that a world that follows the wall's clock may begin: whoever is to
// be there is, and the host has answered, as it does once it acts. Its visits begin
// then.
func (h *Hub) opens() bool {
	if h.clock.open {
		return true
	}
	for _, name := range h.opt.Await {
		if !h.present(name) {
			return false
		}
	}
	h.clock.open = true
	return true
}

func (h *Hub) present(name string) bool {
	for _, p := range h.participants {
		if p.name == name && p.poll == h.clock.poll && h.clock.asked {
			return true
		}
	}
	return false
}

// visited says whether anybody is connected but hardware, which stays for as long
// as the store does.
func (h *Hub) visited() bool {
	for c := range h.clients {
		if c.hardware == nil {
			return true
		}
	}
	return false
}
