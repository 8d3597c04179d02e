package store

import (
	"io"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storefile"
)

// Drift says in what the store's files differ from what runs (control.Host). It
// builds nothing.
func (o *operator) Drift() (control.Drift, error) {
	o.changing.RLock()
	running, load, described := o.m.def, o.m.load, o.m.described
	o.changing.RUnlock()
	load.Schemas = drivers{described}
	def, problems := o.m.opt.Secrets.load(o.m.opt.Dir, &load)
	d := control.Drift{Problems: []string{}, Replaced: []string{}, Changed: []string{}}
	for _, p := range problems {
		if p.Severity == storefile.Error {
			d.Problems = append(d.Problems, o.m.opt.Secrets.Text(inLine(p)))
		}
	}
	if len(d.Problems) > 0 { // what they mean is not known
		return d, nil
	}
	names := replaced(running.Store, def.Store)
	d.Replaced = append(d.Replaced, names...)
	changed, err := differences(running.Store, def.Store, names)
	d.Changed = append(d.Changed, changed...)
	return d, err
}

// DigestOf gives the digest of a program as control.Plugin has it.
func DigestOf(path string) (string, error) { return copyTo(io.Discard, path) }
