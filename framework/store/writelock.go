package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/openaisle/aisle/framework/distribution"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/hcl/storefile"
)

// LockResult is what the lock of a store is to be, and how what is there differs.
type LockResult struct {
	// File is the lock's path, Plugins its entries.
	File    string
	Plugins []storefile.LockedPlugin
	// Differs says, a line each, what is not so yet; empty where all is.
	Differs []string

	dir     string
	text    []byte
	schemas map[string][]byte
}

// Write writes the lock and the schemas beside it.
func (r LockResult) Write() error {
	if len(r.Differs) == 0 {
		return nil
	}
	// A lock without its schemas is refused, and schemas without their lock are
	// read by nobody.
	return errors.Join(distribution.WriteSchemas(r.dir, r.schemas), distribution.Replace(r.File, r.text))
}

// Lock builds the plugins of a store, asks them what they are, and gives the
// lock that says so. It writes nothing. Where the store's files or a plugin are
// wrong, the problems say it and there is no lock.
func Lock(ctx context.Context, dir string, vars map[string]string, o *ValidateOptions) (LockResult, storefile.Problems, error) {
	if o == nil {
		o = &ValidateOptions{}
	}
	opt := Options{Dir: dir, Store: o.Store, Vars: vars, VarFiles: o.VarFiles, WorkDir: o.WorkDir, CA: o.CA, Cache: o.Cache, Log: o.Log, Progress: oneAtATime(o.Progress), limits: o.limits, unlocked: true}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	sup := supervisor.New(&supervisor.Options{Log: opt.Log, Protected: opt.protected(), Limits: opt.limits})
	p, problems := prepare(ctx, opt, sup, false)
	if err := errors.Join(ctx.Err(), p.agents.close(), sup.Close()); err != nil {
		return LockResult{}, problems, err
	}
	if len(p.broken) > 0 || len(p.described) < len(p.def.Store.Plugins) {
		return LockResult{}, problems, nil
	}
	r, err := lockOf(p)
	return r, problems, err
}

// lockOf makes the lock of plugins that were asked.
func lockOf(p *prepared) (LockResult, error) {
	r := LockResult{File: filepath.Join(p.def.Dir, storefile.LockFile), dir: p.def.Dir, schemas: map[string][]byte{}}
	for _, v := range p.def.Store.Plugins {
		d := p.described[v.Name]
		b, err := distribution.EncodeSchema(d)
		if err != nil {
			return r, err
		}
		e := storefile.LockedPlugin{Name: v.Name, Version: d.Version, Schema: distribution.Digest(b)}
		r.schemas[e.Schema] = b
		if pack := p.packages[v.Name]; pack != nil {
			e.Package, e.Checksums = pack.Digest, pack.Checksums()
		} else if v.Agent == "" && !build.IsFolder(p.def.Dir, v.Source) {
			sum, err := distribution.FileDigest(p.plugins[v.Name].Path)
			if err != nil {
				return r, err
			}
			e.Checksums = map[string]string{platform(): sum}
		}
		r.Plugins = append(r.Plugins, e)
	}
	return r, r.compare()
}

// compare says how the lock that is there differs.
func (r *LockResult) compare() error {
	now, problems, found := storefile.ReadLock(r.dir)
	for i := range r.Plugins { // what another machine wrote of its platform stays while the plugin is the same
		e := &r.Plugins[i]
		if was, ok := now.Plugin(e.Name); ok && e.Package == "" && was.Version == e.Version && was.Schema == e.Schema && len(e.Checksums) > 0 && was.Checksums[platform()] == e.Checksums[platform()] {
			maps.Copy(e.Checksums, was.Checksums)
		}
	}
	r.text = storefile.Lock{Plugins: r.Plugins}.Format()
	said := func(format string, args ...any) { r.Differs = append(r.Differs, fmt.Sprintf(format, args...)) }
	old, err := os.ReadFile(r.File)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		said("%s: expected a lock, found none", storefile.LockFile)
	case err != nil:
		return err
	case found && bytes.Equal(old, r.text):
	default:
		for _, e := range r.Plugins {
			was, ok := now.Plugin(e.Name)
			switch {
			case !ok:
				said("plugin %q: expected an entry in %s, found none", e.Name, storefile.LockFile)
			case was.Version != e.Version:
				said("plugin %q: its version is %s, found %s in %s", e.Name, e.Version, was.Version, storefile.LockFile)
			case was.Schema != e.Schema:
				said("plugin %q: its schema is %s, found %s in %s", e.Name, e.Schema, was.Schema, storefile.LockFile)
			case was.Package != e.Package || !maps.Equal(was.Checksums, e.Checksums):
				said("plugin %q: its checksums are others than those in %s", e.Name, storefile.LockFile)
			}
		}
		for _, was := range now.Plugins {
			if !slices.ContainsFunc(r.Plugins, func(e storefile.LockedPlugin) bool { return e.Name == was.Name }) {
				said("plugin %q: the store has none, found an entry in %s", was.Name, storefile.LockFile)
			}
		}
		if len(r.Differs) == 0 || len(problems) > 0 {
			said("%s is not as it was written", storefile.LockFile)
		}
	}
	had, err := distribution.Schemas(r.dir)
	for digest := range r.schemas {
		var m *distribution.Mismatch
		if _, err := distribution.ReadSchema(r.dir, digest, ""); errors.As(err, &m) {
			said("%s: expected %s, found %s", m.File, m.Expected, m.Found)
		} else if err != nil {
			said("%v", err)
		}
	}
	for _, digest := range had {
		if _, ok := r.schemas[digest]; !ok {
			said("%s is in no entry of %s, found in %s", digest, storefile.LockFile, distribution.SchemaDir)
		}
	}
	slices.Sort(r.Differs)
	return err
}
