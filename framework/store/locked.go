package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/distribution"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/host"
)

// locked is the lock of a store's files, where there is one.
type locked struct {
	dir   string
	lock  storefile.Lock
	found bool
	// writing says that it is about to be written, so that what it says of
	// packages does not hold.
	writing bool
}

func readLocked(dir string) (locked, storefile.Problems) {
	lock, problems, found := storefile.ReadLock(dir)
	return locked{dir: dir, lock: lock, found: found}, problems
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

// source gives the program of a plugin: of a package that is installed and looked
// through, or else what build makes of its source. It is checked against the
// lock where there is one, and want is the digest that it must have.
func (l *locked) source(ctx context.Context, b *build.Builder, root string, v storedef.Plugin) (path string, want [32]byte, p *distribution.Package, err error) {
	if !ofPackage(root, v.Source) {
		if path, err = b.Binary(ctx, root, "plugin", v.Name, v.Source); err == nil {
			want, err = l.program(v.Name, path)
		}
		return path, want, nil, err
	}
	if p, err = l.installed(v); err != nil {
		return "", want, nil, err
	}
	program, ok := p.Program(platform())
	if !ok {
		return "", want, nil, fmt.Errorf("package %s %s has no program for %s", p.Name, p.Version, platform())
	}
	path = filepath.Join(p.Dir, filepath.FromSlash(program.Program))
	if want, err = distribution.Sum(program.SHA256); err == nil {
		_, err = l.program(v.Name, path)
	}
	return path, want, p, err
}

// ofPackage reports whether a source is a package's name: a folder of that name
// beside the store's files goes first.
func ofPackage(root, source string) bool {
	return distribution.IsPackage(source) && !build.IsFolder(root, source)
}

// installed looks through the package of a plugin: the version that the lock
// names, or where the lock is written the newest that the store's files allow.
func (l *locked) installed(v storedef.Plugin) (*distribution.Package, error) {
	folder, err := distribution.Folder()
	if err != nil {
		return nil, err
	}
	var version string
	e, ok := l.lock.Plugin(v.Name)
	switch {
	case ok && e.Package != "":
		version = e.Version
	case l.writing:
		if version, err = distribution.Newest(folder, v.Source, v.Version); err != nil {
			return nil, err
		}
	default:
		return nil, &distribution.Mismatch{File: storefile.LockFile, Expected: fmt.Sprintf("the package of plugin %q", v.Name), Found: "none", Do: "Write down which it is with:\n  " + l.command()}
	}
	do := fmt.Sprintf("Install it again with:\n  aisle plugin install %s@%s --from FOLDER", v.Source, version)
	p, err := distribution.Verify(filepath.Join(folder, filepath.FromSlash(v.Source), version), distribution.Trust{Keys: v.TrustedKeys, AllowUnsigned: v.AllowUnsigned}, do)
	if err != nil {
		return nil, err
	}
	if p.Name != v.Source || p.Version != version {
		return nil, &distribution.Mismatch{File: filepath.Join(p.Dir, distribution.ManifestFile), Expected: v.Source + " " + version, Found: p.Name + " " + p.Version, Do: do}
	}
	if ok && !l.writing && p.Digest != e.Package {
		return nil, &distribution.Mismatch{File: fmt.Sprintf("%s with %s", filepath.Join(p.Dir, distribution.SumsFile), distribution.SignatureFile), Expected: e.Package, Found: p.Digest, Do: do}
	}
	return p, nil
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
			problems = append(problems, storefile.Problem{
				Severity: storefile.Error, Code: "lock_mismatch", Summary: "A schema is not the locked one", Detail: fmt.Sprintf("Plugin %q: %v", p.Name, err), Place: e.Place,
			})
			continue
		}
		known[p.Name] = d
	}
	for _, e := range l.lock.Plugins {
		if !slices.ContainsFunc(def.Store.Plugins, func(p storedef.Plugin) bool { return p.Name == e.Name }) {
			problems = append(problems, storefile.Problem{
				Severity: storefile.Error, Code: "lock_unknown", Summary: "The lock has a plugin that the store has not",
				Detail: fmt.Sprintf("There is no block of plugin %q. If it was removed, write the lock anew with: %s", e.Name, l.command()), Place: e.Place,
			})
		}
	}
	return known, problems
}

// LockedSchemas gives what the lock beside a store's files knows of its plugins,
// and nil where there is none. It starts nothing and says nothing of what is wrong
// with the lock: Validate does.
func LockedSchemas(dir string) storefile.Schemas {
	lock, _ := readLocked(dir)
	if !lock.found {
		return nil
	}
	known := schemas{}
	for _, e := range lock.lock.Plugins {
		if d, err := distribution.ReadSchema(dir, e.Schema, ""); err == nil {
			known[e.Name] = d
		}
	}
	return known
}

// offline checks a store against its lock, and starts nothing. Without a lock it
// checks what can be checked, and says so.
func offline(o Options, sup *supervisor.Supervisor, l *locked) (*prepared, storefile.Problems) {
	p := &prepared{load: storefile.Options{Store: o.Store, Vars: o.Vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, Overlay: o.overlay}, plugins: map[string]supervisor.Spec{}}
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
	if o.overlay == nil { // not at each letter that somebody writes
		problems = append(problems, l.programs(p.def)...)
	}
	problems = append(problems, grant(p.def, p.plugins, known, sup.Rules())...)
	problems.Sort()
	return p, problems
}

// programs looks through the programs that are files of this machine: one that
// is not the locked one would not start. Where there is none nothing is said,
// for a store may be checked on another machine than its own.
func (l *locked) programs(def *storefile.Definition) storefile.Problems {
	var problems storefile.Problems
	for _, v := range def.Store.Plugins {
		path := filepath.FromSlash(v.Source)
		if !filepath.IsAbs(path) {
			path = filepath.Join(l.dir, path)
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || v.Agent != "" || ofPackage(l.dir, v.Source) {
			continue
		}
		if _, ok := l.lock.Plugin(v.Name); !ok {
			continue // that was said
		}
		if _, err := l.program(v.Name, path); notLocked(err) {
			p := def.Problem("plugin."+v.Name, "source", "program", "The plugin's program is not the locked one", err.Error()+"\nIt would not be started.")
			p.Severity = storefile.Warning
			problems = append(problems, p)
		}
	}
	return problems
}

// Known gives what the lock of a store says of its plugins. It builds and starts
// nothing; where there is no lock, or it is not as it was written, less is known.
func Known(def *storefile.Definition) storefile.Schemas {
	lock, _ := readLocked(def.Dir)
	known, _ := lock.schemas(def)
	return known
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
