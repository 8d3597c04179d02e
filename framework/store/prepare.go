package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/openaisle/aisle/framework/distribution"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// atOnce is how many programs are built or asked at the same time.
const atOnce = 2

// prepared is a definition without errors, and the programs that it needs.
type prepared struct {
	def     *storefile.Definition
	load    storefile.Options
	plugins map[string]supervisor.Spec
	peers   map[string]string
	agents  agents
	// described is what the plugins said of themselves.
	described schemas
	// broken are the plugins that can't be had or asked what they are, by name,
	// each with its problem. Their specs say so.
	broken map[string]storefile.Problem
	// lock is what the plugins must be, packages those that some come from.
	lock     locked
	packages map[string]*distribution.Package
	// unisolated are those of them that this machine can't isolate.
	unisolated []unisolated
}

// ValidateOptions are the options of Validate. Nil is the default.
type ValidateOptions struct {
	WorkDir string
	// Store and VarFiles are as in Options.
	Store    string
	VarFiles []string
	// CA is as in Options.
	CA string
	// NoPlugins checks config blocks for syntax and references alone, and
	// builds and starts nothing.
	NoPlugins bool
	// Offline builds and starts nothing even where there is no lock.
	Offline bool
	// Ask asks the plugins even where there is a lock, and holds it against what
	// they say.
	Ask bool
	// Overlay is as in storefile.Options.
	Overlay  map[string][]byte
	Cache    string
	Log      *slog.Logger
	Progress func(Progress)

	limits *supervisor.Limits // as in Options
}

// Validate reads the store in a folder and says all that is wrong with it. What
// its plugins want in their config blocks it reads from beside the store's lock;
// without one it builds and asks them. The error is ctx's.
func Validate(ctx context.Context, dir string, vars map[string]string, o *ValidateOptions) (*storefile.Definition, storefile.Problems, error) {
	if o == nil {
		o = &ValidateOptions{}
	}
	if o.NoPlugins {
		d, ps := storefile.Load(dir, &storefile.Options{Store: o.Store, Vars: vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, Overlay: o.Overlay})
		return d, ps, nil
	}
	opt := Options{Dir: dir, Store: o.Store, Vars: vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, CA: o.CA, Cache: o.Cache, Log: o.Log, Progress: oneAtATime(o.Progress), limits: o.limits, overlay: o.Overlay}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	sup := supervisor.New(&supervisor.Options{Log: opt.Log, Protected: opt.protected(), Limits: opt.limits})
	p, problems := o.check(ctx, opt, sup)
	return p.def, problems, errors.Join(ctx.Err(), p.agents.close(), sup.Close())
}

// check checks a store by its lock, or else by asking its plugins.
func (o *ValidateOptions) check(ctx context.Context, opt Options, sup *supervisor.Supervisor) (*prepared, storefile.Problems) {
	if o.Ask {
		return prepare(ctx, opt, sup, false)
	}
	lock, wrong := readLocked(storeDir(opt))
	if !lock.found && !o.Offline {
		return prepare(ctx, opt, sup, false)
	}
	p, problems := offline(opt, sup, &lock)
	return p, append(problems, wrong...)
}

// prepare reads the definition and finds every program that it needs. What is
// wrong with either is among the problems, each at its place. Where textFirst is
// set and the files are wrong by themselves, such as in a variable or a
// reference, that is all it says, and it builds and starts nothing.
func prepare(ctx context.Context, o Options, sup *supervisor.Supervisor, textFirst bool) (*prepared, storefile.Problems) {
	p := &prepared{load: storefile.Options{Store: o.Store, Vars: o.Vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir}, plugins: map[string]supervisor.Spec{}, peers: map[string]string{}, broken: map[string]storefile.Problem{}, packages: map[string]*distribution.Package{}}
	done := o.step("load", o.Dir)
	def, problems := storefile.Load(o.Dir, &p.load)
	done()
	if p.def = def; textFirst && problems.HasErrors() {
		return p, problems
	}
	for _, text := range def.Redactable() {
		if o.Secrets != nil {
			o.Secrets.add(text)
		}
	}
	p.agents = newAgents(o, def.Store)
	var wrong storefile.Problems
	if o.unlocked {
		p.lock = locked{dir: def.Dir, writing: true}
	} else {
		p.lock, wrong = readLocked(def.Dir)
	}
	known, failed := p.programs(ctx, o, def, sup)
	p.load.Schemas, p.described = known, known
	p.def, problems = storefile.Load(o.Dir, &p.load) // what was wrong before is said again, with what plugins say
	problems = append(append(problems, wrong...), failed...)
	problems = append(problems, grant(p.def, p.plugins, known, sup.Rules())...)
	problems.Sort()
	p.once(problems)
	return p, problems
}

// local asks a program what it is, where it is the locked one. The summary is of
// the error.
func (p *prepared) local(ctx context.Context, o Options, sup *supervisor.Supervisor, spec supervisor.Spec, path string) (
	_ supervisor.Spec, d host.Description, summary string, err error,
) {
	spec.Path = path
	if d, err = describe(ctx, o, sup, spec); err == nil {
		err = p.lock.description(spec.Name, d)
	}
	if notLocked(err) {
		spec.Path = "" // it is never started
		return spec, d, "The plugin is not the locked one", err
	}
	return spec, d, "The plugin does not start", err
}

// programs builds what the definition names and asks the plugins what they are.
func (p *prepared) programs(ctx context.Context, o Options, def *storefile.Definition, sup *supervisor.Supervisor) (schemas, storefile.Problems) {
	b := build.New(&build.Options{Cache: o.Cache, Progress: func(b build.Progress) {
		o.Progress(Progress{Stage: "build", Name: b.Kind + " " + b.Name, Done: b.Done, Took: b.Took})
	}})
	var (
		mu       sync.Mutex
		problems storefile.Problems
		known    = schemas{}
		work     errgroup.Group
	)
	work.SetLimit(atOnce)
	keep := func(v storedef.Plugin, spec supervisor.Spec, d host.Description, summary string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			problems = append(problems, p.lost(o.Data, v, spec, summary, err, known))
			return
		}
		p.plugins[v.Name], known[v.Name] = spec, d
	}
	fail := func(address, summary string, err error) {
		mu.Lock()
		defer mu.Unlock()
		problems = append(problems, def.Problem(address, "source", "program", summary, err.Error()))
	}
	for _, v := range def.Store.Peers {
		work.Go(func() error {
			path, err := b.Binary(ctx, def.Dir, "peer", v.Name, v.Source)
			if err != nil {
				fail("peer."+v.Name, "The peer's program can't be had", err)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			p.peers[v.Name] = path
			return nil
		})
	}
	for _, v := range def.Store.Plugins {
		if v.Agent != "" {
			work.Go(func() error {
				spec, d, err := p.agents.remote(ctx, o, sup, &def.Store, v)
				if err == nil {
					err = p.lock.description(v.Name, d)
				}
				keep(v, spec, d, "The plugin does not start", err)
				return nil
			})
			continue
		}
		work.Go(func() error {
			path, want, pack, err := p.lock.source(ctx, b, def.Dir, v)
			spec := supervisor.Spec{Name: v.Name, Isolation: isolation(&def.Store, v), Want: want}
			if err != nil {
				keep(v, spec, host.Description{}, noProgram(err), err)
				return nil
			}
			spec, d, summary, err := p.local(ctx, o, sup, spec, path)
			keep(v, spec, d, summary, err)
			if err == nil && pack != nil {
				mu.Lock()
				defer mu.Unlock()
				p.packages[v.Name] = pack
			}
			return nil
		})
	}
	_ = work.Wait() // each says what is wrong with it itself
	return known, problems
}

// noProgram says in short why there is no program.
func noProgram(err error) string {
	if notLocked(err) {
		return "The plugin's program is not the locked one"
	}
	return "The plugin's program can't be had"
}

// lost takes note of a plugin that the store may run without, and gives its
// problem. One of which it is known what it said last may start yet.
func (p *prepared) lost(data string, v storedef.Plugin, spec supervisor.Spec, summary string, err error, known schemas) storefile.Problem {
	problem := p.def.Problem("plugin."+v.Name, "source", "program", summary, err.Error()+neededBy(&p.def.Store, v.Name))
	var away *supervisor.AwayError
	if errors.As(err, &away) { // it was never there: the certificates or the address are wrong
		return problem
	}
	p.broken[v.Name] = problem
	var required *sandbox.RequiredError
	if errors.As(err, &required) {
		p.unisolated = append(p.unisolated, unisolated{plugin: v.Name, why: required.Error(), detail: problem.Detail})
	}
	if d, ok := recallDescription(data, v); ok && spec.Path != "" && data != "" {
		p.plugins[v.Name], known[v.Name] = spec, d
		return problem
	}
	p.plugins[v.Name] = supervisor.Spec{Name: v.Name, Isolation: spec.Isolation, Agent: spec.Agent, Broken: err}
	return problem
}

// unisolated is a plugin that is not started because this machine can't isolate
// it, and what its problem says.
type unisolated struct{ plugin, why, detail string }

// once says why plugins can't be isolated at the first of those that have the
// same reason.
func (p *prepared) once(problems storefile.Problems) {
	first := map[string]string{}
	for i := range problems {
		n := slices.IndexFunc(p.unisolated, func(u unisolated) bool { return u.detail == problems[i].Detail })
		if n < 0 {
			continue
		}
		u := p.unisolated[n]
		if at, told := first[u.why]; told {
			problems[i].Detail = fmt.Sprintf("It is not started, for the same reason as plugin %q%s", at, neededBy(&p.def.Store, u.plugin))
		} else {
			first[u.why] = u.plugin
		}
	}
}

// askedWithin is how long a store that is to open waits for one plugin to say
// what it is: the others' shoppers must not wait for it. One that takes longer is
// asked again while the store runs.
const askedWithin = 3500 * time.Millisecond

// neededBy names a plugin's devices, for an error.
func neededBy(s *storedef.Store, plugin string) string {
	var names []string
	for _, d := range s.Devices {
		if d.Plugin == plugin {
			names = append(names, d.Address)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "\nWithout it there is no " + strings.Join(names, ", ") + "."
}

func describe(ctx context.Context, o Options, sup *supervisor.Supervisor, spec supervisor.Spec) (host.Description, error) {
	defer o.step("describe", spec.Name)()
	if o.Data != "" && o.limits == nil {
		spec.StartWithin = askedWithin
	}
	return sup.Describe(ctx, spec)
}

// schemas is what the plugins said of themselves, by name.
type schemas map[string]host.Description

// Driver gives a driver's schema and class (storefile.Schemas).
func (s schemas) Driver(plugin, driver string) (config.Schema, string, bool) {
	d, ok := s[plugin].Driver(driver)
	return d.Schema, d.Class, ok
}

// Processing gives what a driver of processors declares (storefile.Schemas).
func (s schemas) Processing(plugin, driver string) (storedef.Processing, bool) {
	d, ok := s[plugin].Driver(driver)
	if !ok || d.Processing == nil {
		return storedef.Processing{}, false
	}
	return Processing(*d.Processing), true
}

// Drivers lists a plugin's drivers (storefile.Schemas).
func (s schemas) Drivers(plugin string) (names []string, known bool) {
	d, known := s[plugin]
	for _, i := range d.Drivers {
		names = append(names, i.Name)
	}
	return names, known
}

// DriverDoc gives what a vendor says of a driver (storefile.DriverDocs).
func (s schemas) DriverDoc(plugin, driver string) string {
	d, _ := s[plugin].Driver(driver)
	return d.Doc
}

// Version gives the version of a plugin (storefile.Versions).
func (s schemas) Version(plugin string) (version string, known bool) {
	d, known := s[plugin]
	return d.Version, known
}

// clockPeer is the peer on whose clock a store runs, or nil.
func clockPeer(s storedef.Store) *storedef.Peer {
	for i := range s.Peers {
		if s.Peers[i].Clock {
			return &s.Peers[i]
		}
	}
	return nil
}

// oneAtATime keeps calls of f apart. A nil f is silence.
func oneAtATime(f func(Progress)) func(Progress) {
	if f == nil {
		return func(Progress) {}
	}
	var mu sync.Mutex
	return func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		p.Name = strings.TrimSpace(p.Name)
		f(p)
	}
}
