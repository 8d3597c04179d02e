package store

import (
	"context"
	"errors"
	"strings"

	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/dispatch"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/fault"
)

// sink gives the engine what devices report, without the secrets in what plugins
// said: the journal keeps it for ever, and pages show it.
type sink struct {
	*engine.Engine
	secrets *Secrets
}

// Evidence takes reports (devices.Sink).
func (s sink) Evidence(ctx context.Context, batch []event.Evidence) error {
	for i := range batch {
		if g := batch[i].Gap; g != nil && g.Cause != "" {
			g.Cause = s.secrets.Text(g.Cause)
		}
	}
	return s.Engine.Evidence(ctx, batch)
}

// Status takes a change of a device's state (devices.Sink).
func (s sink) Status(ctx context.Context, st event.DeviceStatus) error {
	st.Cause = s.secrets.Text(st.Cause)
	return s.DeviceStatus(ctx, st)
}

// Answer takes what became of an ask.
func (s sink) Answer(ctx context.Context, a event.Answer) error {
	a.Message = s.secrets.Text(a.Message)
	return s.Engine.Answer(ctx, a)
}

// Notice takes what a processor says by itself (devices.Sink).
func (s sink) Notice(ctx context.Context, n event.Notice) error {
	n.Message = s.secrets.Text(n.Message)
	return s.Engine.Notice(ctx, n)
}

// directory gives dispatch the devices.
type directory struct{ devices func() *devices.Devices }

func (d directory) Gate(address string) (dispatch.Gate, error) {
	g, _, err := d.devices().Gate(address)
	return g, err
}

func (d directory) Payment(address string) (dispatch.Payment, error) {
	p, _, err := d.devices().Payment(address)
	return p, err
}

func (d directory) Reader(address string) (dispatch.Reader, bool, error) {
	return d.devices().Reader(address)
}

// judge says which of the devices that did not open keep the store from
// opening, each at its place in the store's files. A plugin that does not start
// costs its own devices: the store opens with the others, unless there are none.
func (m *machine) judge(err error) error {
	if err == nil {
		return nil
	}
	var problems, broken storefile.Problems
	down := 0
	alike := map[string]int{} // problems of devices by what is wrong: five that share a torn file are one problem
	also := map[int][]string{}
	for _, e := range split(err) {
		var device *devices.DeviceError
		var plugin *devices.PluginError
		switch {
		case errors.As(e, &plugin) && (m.resumed && slow(plugin) || cutOff(plugin)):
			m.opt.Log.Warn("a plugin is not there yet", "plugin", plugin.Plugin, "err", plugin.Err)
		case errors.As(e, &plugin):
			down += len(plugin.Devices)
			if !m.programBroken(plugin.Plugin) { // or it was told before
				broken = append(broken, m.def.Problem("plugin."+plugin.Plugin, "source", "plugin", "The plugin does not start", e.Error()))
			}
		case !errors.As(e, &device):
			return e
		case final(fault.CodeOf(device.Err)):
			what := device.Path + " " + device.Err.Error()
			if i, ok := alike[what]; ok {
				also[i] = append(also[i], device.Address)
				continue
			}
			alike[what] = len(problems)
			problems = append(problems, m.def.Problem(device.Address, device.Path, "device", "The device does not open", e.Error()))
		default:
			m.opt.Log.Warn("a device is not there yet", "device", device.Address, "err", device.Err)
		}
	}
	if len(problems) == 0 && down < len(m.store.Devices) {
		m.warn(broken)
		return nil
	}
	problems = append(problems, broken...)
	for i, more := range also {
		problems[i].Detail += "\nThe same is wrong with " + strings.Join(more, ", ") + "."
	}
	return &ProblemsError{Definition: m.def, Problems: problems}
}

// slow reports whether a plugin only took too long to start. A store that was
// open before goes on without it and starts it again: its shoppers' money must
// not wait for a busy machine.
func slow(e *devices.PluginError) bool {
	var start *supervisor.StartError
	return errors.As(e, &start) && start.Reason == supervisor.ReasonHung
}

// cutOff reports whether a plugin is on another machine that can't be reached: it
// was asked before what it is, and its devices are opened when it is back.
func cutOff(e *devices.PluginError) bool {
	var away *supervisor.AwayError
	return errors.As(e, &away)
}

// final reports whether an error of opening a device stays until somebody
// mends something.
func final(c fault.Code) bool {
	switch c {
	case fault.Invalid, fault.Refused, fault.Unsupported, fault.Internal:
		return true
	case fault.None, fault.Unavailable, fault.Unknown:
	}
	return false
}

// split takes joined errors apart.
func split(err error) []error {
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var out []error
		for _, e := range j.Unwrap() {
			out = append(out, split(e)...)
		}
		return out
	}
	return []error{err}
}
