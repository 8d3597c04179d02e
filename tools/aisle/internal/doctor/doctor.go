// Package doctor examines a store: each device, what keeps its plugin to what
// it was granted, the machine and the journal, and what to do next.
//
// It reads what others say (control.State, the journal, /proc) and changes
// nothing. The command doctor calls it.
package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storefile"
)

// Report is what an examination found.
type Report struct {
	Store   string    `json:"store"`
	Data    string    `json:"data,omitempty"`
	Running bool      `json:"running"`
	Unwell  string    `json:"unwell,omitempty"`
	Version string    `json:"version"`
	Devices []Device  `json:"devices"`
	Plugins []Plugin  `json:"plugins"`
	Agents  []Agent   `json:"agents,omitempty"`
	Machine []Feature `json:"machine"`
	Journal *Journal  `json:"journal,omitempty"`
	// Problems are what is wrong with the store's files.
	Problems []string `json:"problems,omitempty"`
	// Drift is where the store's files are not what runs.
	Drift []Drift `json:"drift,omitempty"`
}

// Drift is something on disk that is not what runs.
type Drift struct {
	// Plugin is whose program it is; empty for the store's files.
	Plugin string `json:"plugin,omitempty"`
	What   string `json:"what"`
	// Next is what to do about it; empty where nobody can tell.
	Next string `json:"next,omitempty"`
}

// Device is one device, and what to do about it.
type Device struct {
	Address string `json:"address"`
	Plugin  string `json:"plugin"`
	// Found says that its plugin describes its driver, Configured that its
	// config block passes, Healthy that it serves.
	Found      bool   `json:"found"`
	Configured bool   `json:"configured"`
	Healthy    bool   `json:"healthy"`
	State      string `json:"state,omitempty"`
	Cause      string `json:"cause,omitempty"`
	Place      string `json:"place,omitempty"`
	// Missing is what of its plugin's isolation does not hold.
	Missing []control.Measure `json:"isolation_missing"`
	// Next is what to do; empty where there is nothing.
	Next string `json:"next,omitempty"`
}

// Plugin is one plugin's isolation.
type Plugin struct {
	Name    string            `json:"name"`
	Version string            `json:"version,omitempty"`
	State   string            `json:"state,omitempty"`
	Missing []control.Measure `json:"isolation_missing"`
	// AllowUnsigned says that it may run though nobody signed its package.
	AllowUnsigned bool `json:"allow_unsigned,omitempty"`
	// Granted is what it may use of the machine and who says so: its manifest, or
	// an attribute of a device's config block. Failed are the granted addresses
	// of which the last connection failed.
	Granted []control.Grant      `json:"granted"`
	Failed  []control.Connection `json:"failed_connections,omitempty"`
}

// failed are the connections of which the last could not be made.
func failed(p *control.Plugin) (l []control.Connection) {
	for _, c := range p.Connections {
		if c.Error != "" {
			l = append(l, c)
		}
	}
	return l
}

// Agent is another machine of the store.
type Agent struct {
	control.Agent
	// Next is what to do about it; empty where there is nothing.
	Next string `json:"next,omitempty"`
}

// Feature is something of the machine that isolation needs.
type Feature struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Told string `json:"told"`
}

// Journal is what a walk through the journal found.
type Journal struct {
	OK      bool   `json:"ok"`
	Records uint64 `json:"records"`
	Hash    string `json:"hash,omitempty"`
	Err     string `json:"err,omitempty"`
}

// OK reports whether nothing needs doing.
func (r *Report) OK() bool {
	for _, d := range r.Devices {
		if d.Next != "" {
			return false
		}
	}
	for _, a := range r.Agents {
		if a.Next != "" {
			return false
		}
	}
	for _, d := range r.Drift {
		if d.Next != "" {
			return false
		}
	}
	for _, f := range r.Machine {
		if f.Name == launcherName && !f.OK {
			return false
		}
	}
	return r.Unwell == "" && len(r.Problems) == 0 && (r.Journal == nil || r.Journal.OK)
}

// Running examines a store that runs.
func Running(s *control.State) Report {
	r := Report{Store: s.Store, Data: s.Data, Running: true, Unwell: s.Unwell, Devices: []Device{}, Plugins: []Plugin{}, Machine: Machine()}
	for _, p := range s.Plugins {
		r.Plugins = append(r.Plugins, Plugin{Name: p.Name, Version: p.Version, State: p.State, Missing: missing(&p), AllowUnsigned: p.AllowUnsigned, Granted: p.Granted, Failed: failed(&p)})
	}
	for _, a := range s.Agents {
		r.Agents = append(r.Agents, Agent{a, nextOfAgent(&a)})
	}
	for _, d := range s.Devices {
		p, _ := s.Plugin(d.Plugin)
		healthy := d.State == "ready"
		r.Devices = append(r.Devices, Device{
			Address: d.Address, Plugin: d.Plugin, Found: p.Product != "", Configured: true, Healthy: healthy, State: d.State, Cause: d.Cause,
			Place: place(d.File, d.Line), Missing: missing(&p), Next: advised(&d, &p, s.Data),
		})
	}
	return r
}

// missing is what of a plugin's isolation does not hold.
func missing(p *control.Plugin) []control.Measure {
	all := append([]control.Measure{}, p.Gaps()...)
	if len(p.Isolation) == 0 && p.State == "running" {
		all = append(all, control.Measure{Name: "isolation", State: control.MeasureMissing, Why: "nothing keeps this plugin to what it was granted"})
	}
	return all
}

// nextOfAgent is what to do about an agent.
func nextOfAgent(a *control.Agent) string {
	switch {
	case a.Renew != "":
		return a.Renew
	case !a.Up:
		return fmt.Sprintf("see that its machine has power and a line, and that \"aisle agent run\" runs there on %s", a.Address)
	}
	return ""
}

func place(file string, line int) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// denials are the words of what a sandbox doesn't show or let through.
var denials = []string{"permission denied", "operation not permitted", "no such file", "network is unreachable", "eacces", "no such host", "connection reset", "connection refused"}

// denied adds to what to do that the sandbox may be why, where the cause smells
// of it.
func denied(next, cause string) string {
	cause = strings.ToLower(cause)
	if next == "" || !slices.ContainsFunc(denials, func(w string) bool { return strings.Contains(cause, w) }) {
		return next
	}
	return next + "; it may be that its sandbox doesn't have what it uses: see what its plugin was granted, and its Needs and the access tags of its config attributes"
}

// advised is what to do about a device, and why where the host knows more than the plugin:
// it carries the plugin's connections, so a port where nobody listens looks to the plugin
// like one that hangs up.
func advised(d *control.Device, p *control.Plugin, data string) string {
	to := next(d, p, data)
	if to == "" || denied(to, d.Cause) == to {
		return to
	}
	if c, ok := unreached(d, p); ok {
		return fmt.Sprintf("nothing could be reached at %s (%s): see that it is on, that its line is in, and that this address and port are right; it is opened again by itself", c.Address, c.Error)
	}
	return denied(to, d.Cause)
}

// unreached is the connection that could not be made to an address that the device's
// config names.
func unreached(d *control.Device, p *control.Plugin) (control.Connection, bool) {
	for _, c := range failed(p) {
		for _, g := range p.Granted {
			if g.Value == c.Address && strings.HasPrefix(g.From, d.Address+" ") {
				return c, true
			}
		}
	}
	return control.Connection{}, false
}

// next is what to do about a device.
func next(d *control.Device, p *control.Plugin, data string) string {
	switch d.State {
	case "ready":
		return ""
	case "quarantined":
		return fmt.Sprintf("plugin %s crashed too often: see %s, mend the cause, then run: aisle plugin release %s --data %s", p.Name, logOf(data), p.Name, data)
	case "claiming":
		return "another host may hold it: see its cause; it is claimed as soon as that one lets go"
	case "degraded":
		return "it serves, but not as it should: look at the device"
	case "offline":
		return "check its power and its line; it is opened again by itself"
	case "failed":
		if p.State != "running" {
			return fmt.Sprintf("plugin %s is %s: its last words are in %s; it is started again by itself", p.Name, p.State, logOf(data))
		}
		return "mend what its cause says at its place in the store's files, or at the device; it is tried again by itself"
	case "closing":
		return "the store is stopping"
	}
	return "wait: it is being opened"
}

// logOf is the log of the host of a data folder, where nobody said otherwise.
func logOf(data string) string { return filepath.Join(data, "host.log") }

// Resting examines a store that does not run, by its files and what its plugins
// say of themselves. Listed are the addresses with the place of each.
func Resting(def *storefile.Definition, problems storefile.Problems) Report {
	r := Report{Store: def.Store.Name, Devices: []Device{}, Plugins: []Plugin{}, Machine: Machine()}
	for _, p := range problems {
		if p.Severity == storefile.Error {
			r.Problems = append(r.Problems, p.String())
		}
	}
	for _, d := range def.Store.Devices {
		at, _ := def.Locate(d.Address, "")
		v := Device{Address: d.Address, Plugin: d.Plugin, Found: true, Configured: true, Place: place(at.File, at.Line), State: "not running", Missing: []control.Measure{}}
		for _, p := range problems {
			if p.Severity == storefile.Error && p.File == at.File && strings.HasPrefix(p.Context, strings.Split(d.Address, ".")[0]) && p.Line >= at.Line {
				v.Configured, v.Cause, v.Next = false, p.Summary, "mend "+p.Place.String()
				break
			}
		}
		r.Devices = append(r.Devices, v)
	}
	for _, p := range def.Store.Plugins {
		r.Plugins = append(r.Plugins, Plugin{Name: p.Name, AllowUnsigned: p.AllowUnsigned, Missing: []control.Measure{}, Granted: []control.Grant{}})
	}
	return r
}
