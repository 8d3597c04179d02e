package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/devices"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
)

// The limits of an order, in real time.
const (
	// orderWithin is how long an order may take in all: a build from nothing
	// takes a minute on a small machine.
	orderWithin = 10 * time.Minute
	// adoptWithin is how long a definition may wait for the journal.
	adoptWithin = 30 * time.Second
	// undoWithin is how long it may take to bring a plugin back.
	undoWithin = 30 * time.Second
)

// change is one order that swaps plugins, while it is carried out.
type change struct {
	o    *operator
	tell func(control.Progress)
	// def is what the store's files say now, specs and described what the
	// plugins to be swapped are.
	def       *storefile.Definition
	specs     map[string]supervisor.Spec
	described schemas
	// narrow are those that the devices which leave them are granted in specs too, as they
	// are to be once these are closed.
	narrow map[string]supervisor.Spec
	// added is what each is granted that the version before was not.
	added map[string][]string
	// diff is what changes, and fresh the programs of plugins that had no device.
	diff  *difference
	fresh map[string]supervisor.Spec
}

// Upgrade swaps a plugin for what its source now is (control.Host).
func (o *operator) Upgrade(ctx context.Context, name string, by control.By, tell func(control.Progress)) (control.Outcome, error) {
	if err := o.known(name); err != nil {
		return control.Outcome{}, err
	}
	return o.change(ctx, by, tell, name)
}

// Apply takes over what changed in the store's files (control.Host).
func (o *operator) Apply(ctx context.Context, by control.By, tell func(control.Progress)) (control.Outcome, error) {
	return o.change(ctx, by, tell, "")
}

// change swaps one plugin or, where none is named, takes over all that changed in
// the files. It goes on where whoever ordered it leaves, and ends with the store.
func (o *operator) change(ctx context.Context, by control.By, tell func(control.Progress), only string) (control.Outcome, error) {
	if !o.orders.TryLock() {
		return control.Outcome{}, control.Errorf(control.CodeBusy, "another order is being carried out: try again when it has ended")
	}
	defer o.orders.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), orderWithin)
	defer cancel()
	defer context.AfterFunc(o.over, cancel)()
	defer o.sweep()
	c := &change{o: o, tell: tell, specs: map[string]supervisor.Spec{}, fresh: map[string]supervisor.Spec{}, described: maps.Clone(o.m.described)}
	names, err := c.read(only, by.Index)
	if err != nil {
		return control.Outcome{}, err
	}
	if err := c.prepare(ctx, names, by.AcceptNeeds); err != nil {
		return control.Outcome{}, o.stopped(err)
	}
	digest, err := digestOf(c.def.Store)
	if err != nil {
		return control.Outcome{}, err
	}
	was, err := digestOf(o.m.def.Store)
	if err != nil {
		return control.Outcome{}, err
	}
	out := control.Outcome{Adopted: digest != was, Steps: c.diff.steps}
	if len(c.specs) == 0 && !out.Adopted && len(c.diff.opens)+len(c.diff.closes) == 0 {
		return out, nil
	}
	if out.Plugins, err = c.swap(ctx); err != nil {
		return control.Outcome{}, o.stopped(err)
	}
	changed, err := c.devices(ctx)
	if err != nil {
		return control.Outcome{}, o.stopped(errors.Join(err, c.undo(out.Plugins)))
	}
	if out.Adopted {
		if err := c.adopt(ctx, digest); err != nil {
			return control.Outcome{}, o.stopped(errors.Join(err, changed.Undo(), c.undo(out.Plugins)))
		}
	}
	for _, late := range changed.Late {
		out.Late = append(out.Late, o.m.opt.Secrets.Text(late.Error()))
	}
	out.Changed = true
	c.keep()
	if err := changed.Keep(ctx); err != nil {
		return out, o.stopped(err)
	}
	out.Plugins = append(out.Plugins, c.narrowed(ctx)...)
	return out, nil
}

// devices closes and opens what changed of devices. What fails is undone.
func (c *change) devices(ctx context.Context) (*devices.Changed, error) {
	m := c.o.m
	after := byAddress(c.def.Store.Devices)
	wanted := devices.Change{Close: c.diff.closes, Plugins: maps.Clone(c.fresh)}
	for _, address := range c.diff.opens {
		wanted.Open = append(wanted.Open, after[address])
	}
	for name, spec := range m.programs { // a plugin that no device used until now
		if _, is := c.fresh[name]; !is {
			wanted.Plugins[name] = spec
		}
	}
	if len(wanted.Close)+len(wanted.Open) > 0 {
		defer c.step("devices", m.store.Name)()
	}
	changed, err := m.devs.Apply(ctx, wanted)
	if err == nil {
		return changed, nil
	}
	var device *devices.DeviceError
	text := err.Error()
	if errors.As(err, &device) {
		text = c.def.Problem(device.Address, device.Path, "device", "The device does not open", err.Error()).String()
	}
	return nil, control.Errorf(control.CodeFailed, "%s\nAll is as it was before", m.opt.Secrets.Text(text))
}

// step tells of a step, and returns what tells of its end.
func (c *change) step(stage, name string) func() {
	began := time.Now()
	c.tell(control.Progress{Stage: stage, Name: name})
	return func() { c.tell(control.Progress{Stage: stage, Name: name, Done: true, Took: time.Since(began)}) }
}

// drivers are schemas without the versions of the plugins: what a file wants of
// a version is checked against the plugin that is going to run.
type drivers struct{ schemas schemas }

// Driver gives a driver's schema and class (storefile.Schemas).
func (d drivers) Driver(plugin, driver string) (config.Schema, string, bool) {
	return d.schemas.Driver(plugin, driver)
}

// Processing gives what a driver of processors declares (storefile.Schemas).
func (d drivers) Processing(plugin, driver string) (storedef.Processing, bool) {
	return d.schemas.Processing(plugin, driver)
}

// Drivers lists a plugin's drivers (storefile.Schemas).
func (d drivers) Drivers(plugin string) ([]string, bool) { return d.schemas.Drivers(plugin) }

// read reads the store's files again and finds what changed: with one plugin
// named it refuses where anything else did. It gives the plugins to build.
func (c *change) read(only, index string) ([]string, error) {
	m := c.o.m
	defer c.step("load", m.opt.Dir)()
	load := m.load
	load.Schemas = drivers{m.described}
	def, problems := m.opt.Secrets.load(m.opt.Dir, &load)
	if problems.HasErrors() {
		return nil, refused(problems)
	}
	c.def = def
	now, err := indexOf(m.def.Store, def.Store)
	if err != nil {
		return nil, err
	}
	if index != "" && index != now {
		return nil, control.Errorf(control.CodeRefused, "the store or its files changed since the plan %s was made: plan again. Nothing was changed", index)
	}
	if only != "" {
		return []string{only}, c.onlyPlugin(only)
	}
	if c.diff, err = compare(m.def.Store, def.Store); err != nil {
		return nil, err
	}
	c.diff.keepProcessors(len(m.view.Snapshot().Sessions))
	if len(c.diff.restart) > 0 {
		return nil, control.Errorf(control.CodeRefused, "this can't be taken over while the store runs: %s\nStop the store and run it again, or undo that. Nothing was changed", brief(c.diff.restart))
	}
	return append(slices.Clone(c.diff.swapped), c.diff.added...), nil
}

// onlyPlugin refuses where more changed than which program a plugin runs.
func (c *change) onlyPlugin(name string) error {
	other, err := differences(c.o.m.def.Store, c.def.Store, []string{name})
	if err != nil {
		return err
	}
	c.diff = &difference{before: c.o.m.def.Store, after: c.def.Store}
	if len(other) > 0 {
		return control.Errorf(control.CodeRefused, "more changed in the store's files than this plugin: %s\n"+
			"See aisle plan, and take over all of it with aisle apply", brief(other))
	}
	return nil
}

// listed is how many changes an error names.
const listed = 12

func brief(names []string) string {
	if more := len(names) - listed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:listed], ", "), more)
	}
	return strings.Join(names, ", ")
}

func refused(problems storefile.Problems) error {
	var lines []string
	for _, p := range problems {
		if p.Severity == storefile.Error {
			lines = append(lines, inLine(p))
		}
	}
	return control.Errorf(control.CodeRefused, "the store's files have errors, so nothing was changed:\n%s", strings.Join(lines, "\n"))
}

// prepare builds the programs of plugins, asks them what they are, and checks
// the store's files against what they say. Those that are what runs already are
// left out.
func (c *change) prepare(ctx context.Context, names []string, accepted bool) error {
	m := c.o.m
	b := build.New(&build.Options{Cache: m.opt.Cache})
	lock, problems := readLocked(c.def.Dir)
	if len(problems) > 0 {
		return refused(problems)
	}
	for _, name := range names {
		if err := c.program(ctx, b, lock, name); err != nil {
			return err
		}
	}
	load := m.load
	load.Schemas = c.described
	def, problems := m.opt.Secrets.load(m.opt.Dir, &load)
	if problems.HasErrors() {
		return refused(problems)
	}
	var err error
	c.def = def
	if c.diff != nil && len(c.diff.opens)+len(c.diff.closes) > 0 { // what was known without the new plugins was not checked
		if c.diff, err = compare(m.def.Store, def.Store); err != nil {
			return err
		}
	}
	if problems := c.grants(def); len(problems) > 0 {
		return refused(problems)
	}
	if err := c.accept(m.programs, accepted); err != nil {
		return err
	}
	tellGrants(m.opt.Log, c.specs, c.described)
	tellGrants(m.opt.Log, c.fresh, c.described)
	return nil
}

// grants grants every plugin what the new definition's config blocks name. One
// that runs and is granted anything else is swapped for itself, for what a
// process is granted is settled when it starts.
func (c *change) grants(def *storefile.Definition) storefile.Problems {
	m := c.o.m
	used := map[string]bool{}
	for _, d := range def.Store.Devices {
		used[d.Plugin] = true
	}
	others := map[string]supervisor.Spec{}
	for name, spec := range m.programs {
		if _, swapped := c.specs[name]; !swapped && used[name] && spec.Agent == nil && spec.Broken == nil {
			others[name] = spec
		}
	}
	problems := grant(def, c.specs, c.described, m.sup.Rules())
	problems = append(problems, grant(def, c.fresh, c.described, m.sup.Rules())...)
	problems = append(problems, grant(def, others, c.described, m.sup.Rules())...)
	for name, spec := range others {
		if !sameGrants(spec, m.programs[name]) {
			c.specs[name] = spec
		}
	}
	c.specs, c.narrow = staged(c.specs, m.programs, func(name string) []string { return leaving(m.def, def, name) })
	return problems
}

func sameGrants(a, b supervisor.Spec) bool {
	return len(a.Grants.Added(b.Grants)) == 0 && len(b.Grants.Added(a.Grants)) == 0
}

// program builds one plugin and asks it what it is. One that is what runs already
// is left out.
func (c *change) program(ctx context.Context, b *build.Builder, lock locked, name string) error {
	m := c.o.m
	i := slices.IndexFunc(c.def.Store.Plugins, func(p storedef.Plugin) bool { return p.Name == name })
	if i < 0 {
		return control.Errorf(control.CodeRefused, "plugin %q is no longer in the store's files", name)
	}
	if spec := m.programs[name]; spec.Agent != nil { // it may have another program for the name by now
		spec.Broken = nil
		done := c.step("describe", name)
		d, err := m.sup.Describe(ctx, spec)
		if err != nil {
			return c.refuse("plugin."+name, "The plugin does not start", err)
		}
		done()
		if err := lock.description(name, d); err != nil {
			return c.refuse("plugin."+name, "The plugin is not the locked one", err)
		}
		c.described[name], c.specs[name] = d, spec
		return nil
	}
	done := c.step("build", name)
	path, want, _, err := lock.source(ctx, b, c.def.Dir, c.def.Store.Plugins[i])
	if err != nil {
		return c.refuse("plugin."+name, "The plugin's program can't be had", err)
	}
	done()
	if path, err = pin(m.opt.Data, name, path); err != nil {
		return err
	}
	spec := m.programs[name]
	if spec.Path == path {
		return nil
	}
	spec.Name, spec.Path, spec.Want, spec.Broken = name, path, want, nil
	done = c.step("describe", name)
	if c.described[name], err = m.sup.Describe(ctx, spec); err != nil {
		return c.refuse("plugin."+name, "The plugin does not start", err)
	}
	done()
	if err := lock.description(name, c.described[name]); err != nil {
		return c.refuse("plugin."+name, "The plugin is not the locked one", err)
	}
	if slices.Contains(c.diff.added, name) {
		c.fresh[name] = spec
		return nil
	}
	c.specs[name] = spec
	return nil
}

// refuse says that a plugin won't do, at its place in the store's files.
func (c *change) refuse(address, summary string, err error) error {
	p := c.def.Problem(address, "source", "program", summary, err.Error())
	return control.Errorf(control.CodeRefused, "%s\nNothing was changed", p.String())
}

// adopt puts the definition in force, and waits until it is in the journal.
func (c *change) adopt(ctx context.Context, digest string) error {
	m := c.o.m
	defer c.step("adopt", m.store.Name)()
	ctx, cancel := context.WithTimeout(ctx, adoptWithin)
	defer cancel()
	from, _ := m.log.Head()
	if err := m.engine.Adopt(ctx, c.def.Store, digest); err != nil {
		return err
	}
	for {
		if err := m.log.Wait(ctx, from); err != nil {
			return fmt.Errorf("the new definition is not in the journal: %w", err)
		}
		entries, err := m.log.Read(from+1, 0)
		if err != nil {
			return err
		}
		for _, e := range entries {
			from = e.Seq
			r, err := event.DecodeRecord(e.Body)
			if err != nil {
				return err
			}
			if d, ok := r.Input.(event.Definition); ok && d.Digest == digest {
				return adopted(r)
			}
		}
	}
}

// adopted says why a definition that was taken in is not in force.
func adopted(r event.Record) error {
	for _, f := range r.Facts {
		switch f := f.(type) {
		case event.Adopted:
			return nil
		case event.Quarantined:
			return control.Errorf(control.CodeFailed, "the store's definition can't be adopted: %s", f.Panic)
		default:
		}
	}
	return control.Errorf(control.CodeFailed, "the store's definition was not adopted")
}

func merge(a, b map[string]supervisor.Spec) map[string]supervisor.Spec {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
