package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/httpapi"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/fault"
)

// operator is the running store as operators reach it (control.Host).
type operator struct {
	m *machine
	// over ends the orders that are under way when the store stops.
	over context.Context
	// changing guards what an order changes of the machine: its definition and
	// what its plugins are.
	changing sync.RWMutex
	// orders keeps those that change something apart.
	orders sync.Mutex
}

// serveOperators opens the socket of the data folder. Its lock is held by the
// journal.
func (m *machine) serveOperators(ctx context.Context, api http.Handler) error {
	l, err := control.Listen(ctx, m.opt.Data)
	if err != nil {
		return err
	}
	m.begin(&m.stopControl, func(ctx context.Context) error {
		m.ops.over = ctx
		return httpapi.Serve(ctx, l, control.New(control.Options{Host: m.ops, API: api, Log: m.opt.Log}))
	})
	folder := m.opt.Announce
	if folder == "" {
		return nil
	}
	if m.withdraw, err = control.Announce(folder, m.opt.Data); err != nil {
		m.opt.Log.Warn("commands must name the data folder of this store", "err", err) // the store runs as well without
	}
	return nil
}

// State is how the store is at the moment (control.Host).
func (o *operator) State() control.State {
	m := o.m
	o.changing.RLock()
	def := m.def
	described, programs := m.described, m.programs
	o.changing.RUnlock()
	e, shown := m.engine.Status(), m.view.Snapshot()
	s := control.State{
		Store: m.store.Name, Dir: def.Dir, Data: m.opt.Data, PID: os.Getpid(), Since: m.began, Now: time.Now(),
		Engine: control.Engine{
			Head: e.Head, Written: m.meter.written.Load(), At: e.At, Sessions: e.Open, Asks: e.Asks, Quarantined: e.Quarantined, EntryClosed: cmp.Or(e.EntryClosed, entryClosed(&def.Store, shown.Closed)),
		},
		Devices: []control.Device{}, Plugins: []control.Plugin{},
	}
	if m.lis != nil {
		s.URL = "http://" + m.lis.Addr().String() + "/"
	}
	if err := m.health(); err != nil {
		s.Unwell = err.Error()
	}
	for _, v := range m.devs.Status() {
		d := device(v)
		if i := slices.IndexFunc(shown.Devices, func(x view.Device) bool { return x.Address == v.Address }); i >= 0 {
			d.Evidence.Outages = shown.Devices[i].Unknown
		}
		o.redact(&d)
		if at, ok := def.Locate(v.Address, ""); ok {
			d.File, d.Line = at.File, at.Line
		}
		s.Devices = append(s.Devices, d)
	}
	s.Agents = o.agents(def)
	statuses := map[string]supervisor.Status{}
	for _, st := range m.sup.Status() {
		statuses[st.Name] = st
	}
	for _, p := range def.Store.Plugins {
		st, kept := statuses[p.Name]
		if !kept {
			st = supervisor.Status{Name: p.Name, State: supervisor.StateStopped}
		}
		v := plugin(st)
		v.Cause = m.opt.Secrets.Text(v.Cause)
		v.Agent, v.AllowUnsigned = p.Agent, p.AllowUnsigned
		v.Source, v.Product, v.Version = p.Source, described[p.Name].Name, described[p.Name].Version
		v.Granted = []control.Grant{}
		for _, g := range programs[p.Name].Grants.Why {
			v.Granted = append(v.Granted, control.Grant(g))
		}
		v.Digest = digestOfProgram(programs[p.Name].Path)
		if at, ok := def.Locate("plugin."+p.Name, ""); ok {
			v.File, v.Line = at.File, at.Line
		}
		s.Plugins = append(s.Plugins, v)
	}
	return s
}

// entryClosed says why nobody is let in at any gate, by what the store does
// while devices are down; empty while somebody is let in somewhere.
func entryClosed(s *storedef.Store, closed []event.Closure) string {
	gates, why := 0, map[string]string{}
	for _, c := range closed {
		if c.Gate == "" {
			return c.Reason
		}
		why[c.Gate] = c.Reason
	}
	reasons := []string{}
	for i := range s.Devices {
		d := &s.Devices[i]
		if d.Class != storedef.ClassGate || d.Role == storedef.RoleExit {
			continue
		}
		gates++
		if reason, ok := why[d.Address]; ok {
			reasons = append(reasons, reason)
		}
	}
	if len(reasons) < gates {
		return ""
	}
	return strings.Join(reasons, "; ")
}

// agents tells of the lines to other machines.
func (o *operator) agents(def *storefile.Definition) (all []control.Agent) {
	for _, a := range def.Store.Agents {
		link := o.m.away[a.Name]
		if link == nil {
			continue
		}
		st := link.Status()
		v := control.Agent{Name: a.Name, Address: st.Address, Up: st.Up, Since: st.Since, Renew: st.Renew, OffsetNS: int64(st.ClockOffset)}
		if st.Cause != nil {
			v.Cause = st.Cause.Error()
		}
		if !st.Expires.IsZero() {
			v.Expires = &st.Expires
		}
		if !st.HostExpires.IsZero() {
			v.HostExpires = &st.HostExpires
		}
		if at, ok := def.Locate("agent."+a.Name, ""); ok {
			v.File, v.Line = at.File, at.Line
		}
		all = append(all, v)
	}
	return all
}

// device tells of a device as it is.
func device(v devices.View) control.Device {
	d := control.Device{
		Address: v.Address, Class: string(v.Class), Plugin: v.Plugin, Driver: v.Driver,
		State: string(v.State), Power: string(cmp.Or(v.Power, event.PowerUnknown)), Cause: v.Cause, Since: v.Since, Epoch: v.Epoch, Lease: v.Lease,
		Model: v.Identity.Model, Serial: v.Identity.SerialNumber, Firmware: v.Identity.Firmware, LastError: v.LastError,
		Evidence: control.Evidence{
			In: v.In, Delivered: v.Reports, Refused: v.Refused, Stale: v.Stale, Duplicates: v.Duplicates,
			Gaps: v.Gaps, Lost: v.Lost, Queue: v.Queue, OffsetNS: int64(v.Offset),
		},
		History: []control.Transition{},
	}
	if !v.LastErrorAt.IsZero() {
		d.LastErrorAt = &v.LastErrorAt
	}
	if !v.LastEvidence.IsZero() {
		d.Evidence.Last = &v.LastEvidence
	}
	for _, t := range v.History {
		d.History = append(d.History, control.Transition{At: t.At, From: string(t.From), State: string(t.State), Power: string(t.Power), Cause: t.Cause, Epoch: t.Epoch})
	}
	d.Readings = readings(v)
	for _, c := range v.Commands {
		d.Commands = append(d.Commands, command(c))
	}
	return d
}

// readings are what a device measures at the moment.
func readings(v devices.View) (all []control.Reading) {
	for _, r := range v.Readings {
		all = append(all, control.Reading{Name: r.Name, Value: r.Value, At: r.At})
	}
	return all
}

// readings are those of all devices, by address.
func (o *operator) readings() map[string][]control.Reading {
	all := map[string][]control.Reading{}
	for _, v := range o.m.devs.Status() {
		all[v.Address] = readings(v)
	}
	return all
}

// redact takes secrets out of what plugins said.
func (o *operator) redact(d *control.Device) {
	text := o.m.opt.Secrets.Text
	d.Cause, d.LastError, d.Lease = text(d.Cause), text(d.LastError), text(d.Lease)
	for i := range d.History {
		d.History[i].Cause = text(d.History[i].Cause)
	}
}

// command tells of the commands of one name.
func command(c devices.Command) control.Command {
	out := control.Command{Name: c.Name, Outcomes: map[string]uint64{}, Counts: c.Latency.Counts[:], SumNS: int64(c.Latency.Sum)}
	for code, n := range c.Outcomes {
		name := code.String()
		if code == fault.None {
			name = "done"
		}
		out.Outcomes[name] = n
	}
	for _, b := range devices.LatencyBounds() {
		out.BoundsNS = append(out.BoundsNS, int64(b))
	}
	return out
}

// plugin tells of a plugin as it is.
func plugin(st supervisor.Status) control.Plugin {
	p := control.Plugin{
		Name: st.Name, State: string(st.State), Since: st.Since, PID: st.PID, Restarts: st.Restarts,
		OutputDropped: st.Dropped, Isolation: measures(st),
	}
	if st.Cause != nil && st.State != supervisor.StateRunning {
		p.Cause = st.Cause.Error() // its last output may be in it
	}
	if !st.Retry.IsZero() {
		p.Retry = &st.Retry
	}
	p.MemoryBytes, p.CPUSeconds = usage(st.PID)
	if st.Usage != (cgroup.Usage{}) {
		p.Usage = &control.Usage{
			MemoryPeakBytes: st.Usage.MemoryPeak, OOMKills: st.Usage.OOMKills, Tasks: st.Usage.Tasks, TasksRefused: st.Usage.Refused, CPUThrottled: st.Usage.Throttled,
		}
	}
	for _, c := range st.Connections {
		p.Connections = append(p.Connections, control.Connection{
			Address: c.Address, Open: c.Open, Accepted: c.Accepted, Refused: c.Refused, Failed: c.Failed, Sent: c.Sent, Received: c.Received, Error: c.Error,
		})
	}
	return p
}

// measures is what keeps a plugin to what it was granted.
func measures(st supervisor.Status) []control.Measure {
	all := []control.Measure{}
	for _, x := range st.Isolation {
		all = append(all, control.Measure{Name: x.Name, State: string(x.State), By: x.By, Why: x.Why})
	}
	return all
}

// lines says in words how the lines to the store's agents are, for the page.
func (o *operator) lines() (all []string) {
	o.changing.RLock()
	def := o.m.def
	o.changing.RUnlock()
	for _, a := range o.agents(def) {
		text := "Agent " + a.Name + " is connected"
		if !a.Up {
			text = strings.TrimSuffix("Agent "+a.Name+" can't be reached: "+a.Cause, ": ")
		}
		if a.OffsetNS != 0 {
			text += fmt.Sprintf(", its clock %+d ms off", a.OffsetNS/1e6)
		}
		if a.Expires != nil {
			text += ", its certificate ends on " + a.Expires.Format(time.DateOnly)
		}
		if a.Renew != "" {
			text += "; renew: " + a.Renew
		}
		all = append(all, text)
	}
	return all
}

// isolation says in words what a plugin that runs is not kept from; "" where it
// is kept from all that was not granted.
func (o *operator) isolation(name string) string {
	for _, st := range o.m.sup.Status() {
		if st.Name != name || st.State != supervisor.StateRunning {
			continue
		}
		var words []string
		for _, g := range (control.Plugin{Isolation: measures(st)}).Gaps() {
			words = append(words, g.Name+" "+g.State)
		}
		return strings.Join(words, ", ")
	}
	return ""
}

// Release starts a plugin again that crashed too often, or was broken when the
// store opened and has been mended (control.Host).
func (o *operator) Release(ctx context.Context, name string, by control.By) (control.Outcome, error) {
	if err := o.known(name); err != nil {
		return control.Outcome{}, err
	}
	if o.broken(name) {
		return o.Upgrade(ctx, name, by, func(control.Progress) {})
	}
	if !o.m.sup.Release(name) {
		return control.Outcome{}, nil
	}
	return control.Outcome{Changed: true, Plugins: []control.Swapped{{Plugin: name}}}, nil
}

// known refuses the name of a plugin that the store doesn't have.
func (o *operator) known(name string) error {
	o.changing.RLock()
	defer o.changing.RUnlock()
	names := []string{}
	for _, p := range o.m.def.Store.Plugins {
		if p.Name == name {
			return nil
		}
		names = append(names, p.Name)
	}
	return control.Errorf(control.CodeUnknown, "there is no plugin %q in this store: it has %s", name, strings.Join(names, ", "))
}

// Records hands out the journal (control.Host).
func (o *operator) Records(ctx context.Context, from uint64, follow bool, yield func(control.Record) error) error {
	for {
		entries, err := o.m.log.Read(from, 256)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if len(e.Body) < 2 || e.Body[0] != '{' {
				return fmt.Errorf("entry %d is no record", e.Seq)
			}
			if err := yield(control.Record{Seq: e.Seq, At: e.At, Body: e.Body}); err != nil {
				return err
			}
			from = e.Seq + 1
		}
		if len(entries) > 0 {
			continue
		}
		if !follow {
			return nil
		}
		if err := o.m.log.Wait(ctx, from-1); err != nil {
			if ctx.Err() != nil || o.over.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// stopped reports whether an order ended because the store stops.
func (o *operator) stopped(err error) error {
	if o.over.Err() != nil {
		return errors.Join(errors.New("the store stops"), err)
	}
	return err
}
