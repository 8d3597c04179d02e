package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/distribution"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/host"
)

// locked is the lock of a store's files, where there is one.
type locked struct {
	dir   string
	lock  storefile.Lock
	found bool
}

func readLocked(dir string) (locked, storefile.Problems) {
	lock, problems, found := storefile.ReadLock(dir)
	return locked{dir, lock, found}, problems
}

// command writes the lock.
func (l *locked) command() string { return "aisle plugin lock " + quotedPath(l.dir) }

func quotedPath(path string) string {
	if strings.ContainsAny(path, " '\"$`\\") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

func (l *locked) do() string {
	return "If that is what this store shall run, write the lock anew with:\n  " + l.command()
}

// platform is this machine's, as locks name it.
func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// program checks a plugin's program against the lock before it is started for
// the first time, and gives the digest that it must have where the lock knows it.
// The error is a *distribution.Mismatch.
func (l *locked) program(name, path string) (want [32]byte, err error) {
	if !l.found {
		return want, nil
	}
	e, ok := l.lock.Plugin(name)
	if !ok {
		return want, &distribution.Mismatch{File: storefile.LockFile, Expected: fmt.Sprintf("plugin %q", name), Found: "none", Do: l.do()}
	}
	if len(e.Checksums) == 0 {
		return want, nil
	}
	expected, ok := e.Checksums[platform()]
	if !ok {
		return want, &distribution.Mismatch{File: storefile.LockFile, Expected: fmt.Sprintf("a checksum of plugin %q for %s", name, platform()), Found: "none", Do: l.do()}
	}
	found, err := distribution.FileDigest(path)
	if err != nil {
		return want, err
	}
	if found != expected {
		return want, &distribution.Mismatch{File: path, Expected: expected, Found: found, Do: l.do()}
	}
	return distribution.Sum(expected)
}

// description checks what a plugin says of itself against the lock.
func (l *locked) description(name string, d host.Description) error {
	if !l.found {
		return nil
	}
	e, ok := l.lock.Plugin(name)
	if !ok {
		return &distribution.Mismatch{File: storefile.LockFile, Expected: fmt.Sprintf("plugin %q", name), Found: "none", Do: l.do()}
	}
	if d.Version != e.Version {
		return &distribution.Mismatch{File: fmt.Sprintf("The version of plugin %q", name), Expected: said(e.Version), Found: said(d.Version), Do: l.do()}
	}
	b, err := distribution.EncodeSchema(d)
	if err != nil {
		return err
	}
	if found := distribution.Digest(b); found != e.Schema {
		return &distribution.Mismatch{File: fmt.Sprintf("What plugin %q says of its drivers", name), Expected: e.Schema, Found: found, Do: l.do()}
	}
	return nil
}

func said(version string) string {
	if version == "" {
		return "none"
	}
	return version
}

// notLocked reports whether an error is that something isn't what the lock says.
func notLocked(err error) bool {
	var m *distribution.Mismatch
	return errors.As(err, &m)
}

// schemas gives what the lock knows of a store's plugins from the files beside
// it. It starts nothing. What is wrong is said where it stands.
func (l *locked) schemas(def *storefile.Definition) (schemas, storefile.Problems) {
	known := schemas{}
	var problems storefile.Problems
	for _, p := range def.Store.Plugins {
		e, ok := l.lock.Plugin(p.Name)
		if !ok {
			problems = append(problems, def.Problem("plugin."+p.Name, "", "not_locked", fmt.Sprintf("Plugin %q is not locked", p.Name),
				fmt.Sprintf("Expected is its entry in %s, found is none. Ask it what it is and write that down with: %s", storefile.LockFile, l.command())))
			continue
		}
		d, err := distribution.ReadSchema(l.dir, e.Schema, "Bring it back from version control, or write it anew with:\n  "+l.command())
		if err == nil && d.Version != e.Version {
			err = &distribution.Mismatch{File: fmt.Sprintf("The version of plugin %q in its schema", p.Name), Expected: said(e.Version), Found: said(d.Version), Do: l.do()}
		}
		if err != nil {
			problems = append(problems, e.Problem("lock_mismatch", fmt.Sprintf("The schema of plugin %q is not the locked one", p.Name), err.Error()))
			continue
		}
		known[p.Name] = d
	}
	for _, e := range l.lock.Plugins {
		if !slices.ContainsFunc(def.Store.Plugins, func(p storedef.Plugin) bool { return p.Name == e.Name }) {
			problems = append(problems, e.Problem("lock_unknown", fmt.Sprintf("The store has no plugin %q", e.Name),
				fmt.Sprintf("The lock has an entry for it. If its block was removed, write the lock anew with: %s", l.command())))
		}
	}
	return known, problems
}

// offline checks a store against its lock, and starts nothing. Without a lock it
// checks what can be checked, and says so.
func offline(o Options, sup *supervisor.Supervisor, l *locked) (*prepared, storefile.Problems) {
	p := &prepared{load: storefile.Options{Store: o.Store, Vars: o.Vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir}, plugins: map[string]supervisor.Spec{}}
	def, problems := storefile.Load(o.Dir, &p.load)
	if p.def = def; !l.found {
		if len(def.Store.Plugins) > 0 {
			problems = append(problems, storefile.Problem{
				Severity: storefile.Warning, Code: "no_lock", Summary: "There is no lock, so config blocks are not checked",
				Detail: "Nothing is built or started here. Where the plugins can be, write down what they are with: " + l.command(),
			})
		}
		return p, problems
	}
	known, failed := l.schemas(def)
	p.load.Schemas, p.described = known, known
	p.def, problems = storefile.Load(o.Dir, &p.load)
	for name := range known {
		p.plugins[name] = supervisor.Spec{Name: name}
	}
	problems = append(problems, failed...)
	problems = append(problems, grant(p.def, p.plugins, known, sup.Rules())...)
	problems.Sort()
	return p, problems
}

// storeDir is the folder of a store's files: of a store of a fleet, that of its
// source.
func storeDir(o Options) string {
	dir := o.Dir
	if o.Store != "" || storefile.IsFleet(o.Dir) {
		def, _ := storefile.Load(o.Dir, &storefile.Options{Store: o.Store, Vars: o.Vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir})
		dir = def.Dir
	}
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
