package store

import (
	"context"
	"encoding/json"
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
	// added is what each is granted that the version before was not.
	added map[string][]string
}

// Upgrade swaps a plugin for what its source now is (control.Host).
func (o *operator) Upgrade(ctx context.Context, name string, by control.By, tell func(control.Progress)) (control.Outcome, error) {
	if err := o.known(name); err != nil {
		return control.Outcome{}, err
	}
	return o.change(ctx, by.AcceptNeeds, tell, func(storedef.Store) []string { return []string{name} })
}

// Apply takes over what changed of the plugins in the store's files
// (control.Host).
func (o *operator) Apply(ctx context.Context, by control.By, tell func(control.Progress)) (control.Outcome, error) {
	return o.change(ctx, by.AcceptNeeds, tell, func(now storedef.Store) []string { return replaced(o.m.def.Store, now) })
}

// change swaps the plugins that which names, given what the files say now. It
// goes on where whoever ordered it leaves, and ends with the store.
func (o *operator) change(ctx context.Context, accepted bool, tell func(control.Progress), which func(storedef.Store) []string) (control.Outcome, error) {
	if !o.orders.TryLock() {
		return control.Outcome{}, control.Errorf(control.CodeBusy, "another order is being carried out: try again when it has ended")
	}
	defer o.orders.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), orderWithin)
	defer cancel()
	defer context.AfterFunc(o.over, cancel)()
	defer o.sweep()
	c := &change{o: o, tell: tell, specs: map[string]supervisor.Spec{}, described: maps.Clone(o.m.described)}
	names, err := c.read(which)
	if err != nil {
		return control.Outcome{}, err
	}
	if err := c.prepare(ctx, names, accepted); err != nil {
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
	out := control.Outcome{Adopted: digest != was}
	if len(c.specs) == 0 && !out.Adopted {
		return out, nil
	}
	if out.Plugins, err = c.swap(ctx); err != nil {
		return control.Outcome{}, o.stopped(err)
	}
	if out.Adopted {
		if err := c.adopt(ctx, digest); err != nil {
			return control.Outcome{}, o.stopped(errors.Join(err, c.undo(out.Plugins)))
		}
	}
	out.Changed = true
	c.keep()
	return out, nil
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

// read reads the store's files again, and refuses where more changed than which
// programs run.
func (c *change) read(which func(storedef.Store) []string) ([]string, error) {
	m := c.o.m
	defer c.step("load", m.opt.Dir)()
	load := m.load
	load.Schemas = drivers{m.described}
	def, problems := storefile.Load(m.opt.Dir, &load)
	if problems.HasErrors() {
		return nil, refused(problems)
	}
	names := which(def.Store)
	other, err := differences(m.def.Store, def.Store, names)
	if err != nil {
		return nil, err
	}
	if len(other) > 0 {
		return nil, control.Errorf(control.CodeRefused, "more changed in the store's files than can be taken over while it runs: %s\n"+
			"Undo that, or stop the store and run it again", brief(other))
	}
	c.def = def
	return names, nil
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
			lines = append(lines, p.String())
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
	for _, name := range names {
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
			c.described[name], c.specs[name] = d, spec
			continue
		}
		done := c.step("build", name)
		path, err := b.Binary(ctx, c.def.Dir, "plugin", name, c.def.Store.Plugins[i].Source)
		if err != nil {
			return c.refuse("plugin."+name, "The plugin's program can't be had", err)
		}
		done()
		if path, err = pin(m.opt.Data, name, path); err != nil {
			return err
		}
		spec := m.programs[name]
		if spec.Path == path {
			continue
		}
		spec.Path, spec.Broken = path, nil
		done = c.step("describe", name)
		if c.described[name], err = m.sup.Describe(ctx, spec); err != nil {
			return c.refuse("plugin."+name, "The plugin does not start", err)
		}
		done()
		c.specs[name] = spec
	}
	load := m.load
	load.Schemas = c.described
	def, problems := storefile.Load(m.opt.Dir, &load)
	if problems.HasErrors() {
		return refused(problems)
	}
	c.def = def
	if problems := grant(def, c.specs, c.described, m.sup.Rules()); len(problems) > 0 {
		return refused(problems)
	}
	if err := c.accept(m.programs, accepted); err != nil {
		return err
	}
	tellGrants(m.opt.Log, c.specs, c.described)
	return nil
}

// refuse says that a plugin won't do, at its place in the store's files.
func (c *change) refuse(address, summary string, err error) error {
	p := c.def.Problem(address, "source", "program", summary, err.Error())
	return control.Errorf(control.CodeRefused, "%s\nNothing was changed", p.String())
}

// swap moves the devices of each plugin to its new program. Where one does not
// become ready, all are moved back.
func (c *change) swap(ctx context.Context) ([]control.Swapped, error) {
	m := c.o.m
	var done []control.Swapped
	for _, name := range slices.Sorted(maps.Keys(c.specs)) {
		told := c.step("swap", name)
		out, err := c.upgrade(ctx, name, c.specs[name], c.def)
		if err != nil {
			code, what := control.CodeFailed, "was not swapped, and goes on as it was"
			var failed *supervisor.UpgradeError
			if errors.As(err, &failed) && failed.Back != nil {
				code, what = control.CodeInternal, "was not swapped, and does not serve as it did"
			}
			text := m.opt.Secrets.Text(err.Error())
			if undo := c.undo(done); undo != nil {
				return nil, control.Errorf(control.CodeInternal, "plugin %q %s: %s\nThose that were swapped before it could not be brought back: %v", name, what, text, undo)
			}
			return nil, control.Errorf(code, "plugin %q %s: %s", name, what, text)
		}
		told()
		done = append(done, control.Swapped{
			Plugin: name, From: m.described[name].Version, To: c.described[name].Version, OutNS: int64(out), Added: c.added[name],
		})
	}
	return done, nil
}

// undo brings plugins back to the programs that they ran before.
func (c *change) undo(swapped []control.Swapped) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), undoWithin)
	defer cancel()
	for _, s := range slices.Backward(swapped) {
		_, back := c.upgrade(ctx, s.Plugin, c.o.m.programs[s.Plugin], c.o.m.def)
		err = errors.Join(err, back)
	}
	return err
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

// keep makes what was swapped in what the store is.
func (c *change) keep() {
	m := c.o.m
	c.o.changing.Lock()
	defer c.o.changing.Unlock()
	m.def, m.described = c.def, c.described
	m.programs = maps.Clone(m.programs)
	maps.Copy(m.programs, c.specs)
	for name := range c.specs {
		if err := m.rememberPlugin(c.def, name, c.described[name]); err != nil {
			m.opt.Log.Warn("what a plugin is can't be kept for a start without it", "plugin", name, "err", err)
		}
	}
}

// sweep removes the programs that the store does not run, after an order.
func (o *operator) sweep() {
	if err := sweep(o.m.opt.Data, o.m.programs); err != nil {
		o.m.opt.Log.Warn("programs that are not needed any more are still there", "err", err)
	}
}

// upgrade moves one plugin's devices to a program, with the config blocks that a
// definition has for them, and says for how long they were out.
func (c *change) upgrade(ctx context.Context, name string, spec supervisor.Spec, def *storefile.Definition) (out time.Duration, err error) {
	m := c.o.m
	configs, used := map[string]json.RawMessage{}, false
	for _, d := range def.Store.Devices {
		if d.Plugin != name {
			continue
		}
		used = true
		if len(d.Config) > 0 {
			configs[d.Address] = d.Config
		}
	}
	if !used {
		return 0, nil // nobody runs it
	}
	var moved time.Time
	err = m.devs.Upgrade(ctx, name, spec, &devices.UpgradeOptions{Configs: configs, Progress: func(s supervisor.Stage) {
		switch s {
		case supervisor.StageMove:
			moved = time.Now()
		case supervisor.StageStop:
			out = time.Since(moved)
		case supervisor.StageStart, supervisor.StageCheck, supervisor.StageDrain, supervisor.StageOpen, supervisor.StageBack:
		}
		c.tell(control.Progress{Stage: string(s), Name: name})
	}})
	return out, err
}
