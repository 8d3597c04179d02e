package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// AtRest is the plan of a store that does not run: what the next start changes.
type AtRest struct {
	control.Plan
	// Store is its name, empty where the files don't say.
	Store string
	// Adopted says that the plan is from what its journal last put in force.
	// Where it is not, there is no journal, and all of the store is new.
	Adopted bool
}

// PlanAtRest compares a store's files with what the journal of its data folder
// last put in force, or with nothing where data is empty or has no journal. It
// starts nothing. Config blocks are not compared: no journal keeps them.
func PlanAtRest(dir string, load *storefile.Options, data string) (AtRest, error) {
	def, problems := loadAtRest(dir, load, data)
	out := AtRest{Store: def.Store.Name, Plan: control.Plan{Problems: []string{}, Steps: []control.Step{}, Effects: []string{}, Restart: []string{}}}
	was, inside, found, err := lastAdopted(data)
	if err != nil {
		return out, err
	}
	out.Adopted, out.Inside = found, inside
	var secrets Secrets
	for _, text := range def.Redactable() {
		secrets.add(text)
	}
	for _, x := range problems {
		if x.Severity == storefile.Error {
			out.Problems = append(out.Problems, secrets.Text(inLine(x)))
		}
	}
	if len(out.Problems) > 0 {
		return out, nil
	}
	after, err := asKept(def.Store)
	if err != nil {
		return out, err
	}
	if !found {
		return out, out.fromNothing(after)
	}
	return out, out.from(was, after)
}

// loadAtRest reads the files with what is known of the plugins: by the lock, or
// else by what they said when the store last ran.
func loadAtRest(dir string, load *storefile.Options, data string) (*storefile.Definition, storefile.Problems) {
	if load.Schemas != nil {
		return storefile.Load(dir, load)
	}
	with := *load
	def, problems := storefile.Load(dir, &with)
	if with.Schemas = LockedSchemas(def.Dir); with.Schemas == nil {
		said := schemas{}
		for _, p := range def.Store.Plugins {
			if d, ok := recallDescription(data, p); ok && data != "" {
				said[p.Name] = d
			}
		}
		if len(said) == 0 {
			return def, problems
		}
		with.Schemas = said
	}
	return storefile.Load(dir, &with)
}

// lastAdopted is the definition in force at the end of a data folder's journal,
// and how many visits were open then.
func lastAdopted(data string) (was storedef.Store, inside int, found bool, err error) {
	if data == "" {
		return was, 0, false, nil
	}
	if _, err := os.Stat(filepath.Join(data, JournalFile)); errors.Is(err, fs.ErrNotExist) {
		return was, 0, false, nil
	}
	j, err := openJournal(data)
	if err != nil {
		return was, 0, false, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	r, err := engine.Rebuild(j)
	if err != nil || r.State.Definition == nil {
		return was, 0, false, err
	}
	return r.State.Definition.Store, r.State.Open(), true, nil
}

// asKept is a definition as a journal gives it back: without config blocks.
func asKept(s storedef.Store) (kept storedef.Store, err error) {
	text, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err != nil {
		return kept, fmt.Errorf("encode the definition: %w", err)
	}
	return kept, nil
}

// fromNothing plans a store that never ran: whatever it has is added.
func (p *AtRest) fromNothing(after storedef.Store) error {
	d, err := compare(storedef.Store{}, after)
	if err != nil {
		return err
	}
	p.Steps = slices.DeleteFunc(d.steps, func(s control.Step) bool { return s.Action != control.ActionAdd })
	return nil
}

// from plans a store that ran before. What a running store can't take over is
// taken over at its start, but for what the start refuses.
func (p *AtRest) from(was, after storedef.Store) error {
	if was.Name != after.Name {
		p.Problems = append(p.Problems, fmt.Sprintf("the journal is that of store %q, not of %q: give the other store a data folder of its own", was.Name, after.Name))
		return nil
	}
	if p.Inside > 0 && was.Currency != after.Currency {
		p.Problems = append(p.Problems, fmt.Sprintf("%s are not settled yet in %s: the store can't change to %s before they are", countOf(p.Inside, "open visit"), was.Currency, after.Currency))
		return nil
	}
	d, err := compare(was, after)
	if err != nil {
		return err
	}
	for _, name := range d.restart {
		address, what, _ := strings.Cut(name, ", ")
		if slices.ContainsFunc(d.steps, func(s control.Step) bool { return s.Address == address }) {
			continue
		}
		d.step(control.ActionChange, address, strings.FieldsFunc(what, func(r rune) bool { return r == 0 })...)
	}
	d.restart, d.closes = nil, nil // nothing is open that could be closed
	d.keepProcessors(p.Inside)
	p.Steps, p.Effects = d.steps, append(d.effects(p.Inside), d.restart...)
	for _, slip := range storedef.Slips(was, after) {
		p.Effects = append(p.Effects, "The start refuses a price unless it is told --accept-prices: "+slip.String()+".")
	}
	return nil
}
