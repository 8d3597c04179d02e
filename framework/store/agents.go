package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// agents are the host's ends of a store's agents, by name.
type agents map[string]*agent.Link

// newAgents makes them. None is connected before a plugin of it is started.
func newAgents(o Options, s storedef.Store) agents {
	all := agents{}
	dir := o.CA
	if dir == "" {
		dir = agent.DefaultDir()
	}
	for _, a := range s.Agents {
		all[a.Name] = agent.NewLink(agent.LinkOptions{Name: a.Name, Address: a.Address, Dir: dir, Log: o.Log})
	}
	return all
}

// after makes this host newer than every one before it.
func (a agents) after(epoch uint64) {
	for _, l := range a {
		l.After(epoch)
	}
}

func (a agents) close() (err error) {
	for _, l := range a {
		err = errors.Join(err, l.Close())
	}
	return err
}

// remote is the spec of a plugin that an agent runs, and what it says of itself.
// A store whose agent is cut off opens with what the plugin said last: the
// agent's devices are offline until it is back.
func (a agents) remote(ctx context.Context, o Options, sup *supervisor.Supervisor, s *storedef.Store, p storedef.Plugin) (supervisor.Spec, host.Description, error) {
	spec := supervisor.Spec{Name: p.Name, Isolation: isolation(s, p)}
	link := a[p.Agent]
	if link == nil { // the reference is wrong, which is said where it stands
		return spec, host.Description{}, fmt.Errorf("there is no agent %q", p.Agent)
	}
	spec.Agent = link
	d, err := describe(ctx, o, sup, spec)
	if o.Data == "" {
		return spec, d, err
	}
	var away *supervisor.AwayError
	if errors.As(err, &away) {
		if known, ok := recallDescription(o.Data, p); ok {
			o.Log.Warn("plugin is taken for what it was, until its agent is back", "plugin", p.Name, "cause", err)
			return spec, known, nil
		}
	}
	if err == nil {
		err = rememberDescription(o.Data, p, d)
	}
	return spec, d, err
}

// describedDir is the folder of a data folder with what remote plugins said of
// themselves.
const describedDir = "described"

// describedAs is one of its files.
type describedAs struct {
	Agent       string           `json:"agent"`
	Source      string           `json:"source"`
	Description host.Description `json:"description"`
}

func rememberDescription(data string, p storedef.Plugin, d host.Description) error {
	dir := filepath.Join(data, describedDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	b, err := json.Marshal(describedAs{p.Agent, p.Source, d})
	if err != nil {
		return err
	}
	path := filepath.Join(dir, p.Name+".json")
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// recallDescription gives what a plugin said last, if it is the same plugin of
// the same agent.
func recallDescription(data string, p storedef.Plugin) (host.Description, bool) {
	b, err := os.ReadFile(filepath.Join(data, describedDir, p.Name+".json"))
	if err != nil {
		return host.Description{}, false
	}
	var was describedAs
	if json.Unmarshal(b, &was) != nil || was.Agent != p.Agent || was.Source != p.Source {
		return host.Description{}, false
	}
	for i := range was.Description.Drivers {
		withoutNulls(&was.Description.Drivers[i].Schema)
	}
	return was.Description, true
}

// withoutNulls makes a default that is not there nothing again: JSON has it as
// null.
func withoutNulls(s *config.Schema) {
	for i := range s.Attributes {
		if string(s.Attributes[i].Default) == "null" {
			s.Attributes[i].Default = nil
		}
	}
	for i := range s.Blocks {
		withoutNulls(&s.Blocks[i].Schema)
	}
}
