package devices

import (
	"errors"
	"slices"
	"syscall"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
)

func otherShelf(config string) storedef.Device {
	return storedef.Device{Address: "weight_shelf.low", Class: storedef.ClassWeightShelf, Plugin: "test", Driver: "cells", Config: []byte(config),
		Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf.low.bay[1]"}}}
}

// What a device that is opened reports comes once its definition is in force, and
// the others see nothing of it.
func TestChange(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	pid := r.sup.Status()[0].PID
	second := otherShelf("")
	second.Plugin = "second"
	spec := r.spec
	spec.Name = "second"
	third := otherShelf("")
	third.Address, third.Bays[0].Address = "weight_shelf.third", "weight_shelf.third.bay[1]"
	c, err := r.Apply(t.Context(), Change{Open: []storedef.Device{second, third}, Plugins: map[string]supervisor.Spec{"second": spec}})
	if err != nil || len(c.Late) > 0 {
		t.Fatal(err, c)
	}
	_, before := masses(r.journal.list(), "weight_shelf.top")
	r.journal.await(t, func(in []event.Input) bool { m, _ := masses(in, "weight_shelf.top"); return len(m) >= 10 })
	for _, address := range []string{"weight_shelf.low", "weight_shelf.third"} {
		if m, _ := masses(r.journal.list(), address); len(m) > 0 {
			t.Errorf("%s reports before it is known", address)
		}
	}
	if err := c.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		a, _ := masses(in, "weight_shelf.low")
		b, _ := masses(in, "weight_shelf.third")
		return len(a) >= 5 && len(b) >= 5
	})
	for _, address := range []string{"weight_shelf.top", "weight_shelf.low", "weight_shelf.third"} {
		noGaps(t, r.journal.list(), address)
	}
	// Away with two of them, and with the plugin that has none left.
	c, err = r.Apply(t.Context(), Change{Close: []string{"weight_shelf.low", "weight_shelf.third"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w := words(states(r.journal.list(), "weight_shelf.third")); w != "claiming ready closing " {
		t.Errorf("states %s", w)
	}
	if v := r.Status(); len(v) != 2 {
		t.Errorf("%d devices", len(v))
	}
	if i := slices.IndexFunc(r.sup.Status(), func(s supervisor.Status) bool { return s.Name == "second" && s.State != supervisor.StateStopped }); i >= 0 {
		t.Error("a plugin without devices runs on")
	}
	m, after := masses(r.journal.list(), "weight_shelf.top")
	if after != before || len(m) < 10 {
		t.Errorf("another device was opened again: epoch %d, then %d", before, after)
	}
	if st := r.sup.Status()[slices.IndexFunc(r.sup.Status(), func(s supervisor.Status) bool { return s.Name == "test" })]; st.PID != pid {
		t.Error("another plugin was started again")
	}
}

// A device that is opened otherwise has another epoch, and commands find it.
func TestChangeReopens(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, old, _ := r.Gate("gate.north")
	c, err := r.Apply(t.Context(), Change{Close: []string{"gate.north"}, Open: []storedef.Device{gateDef(`{"serial":"g-2"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, now, err := r.Gate("gate.north"); err != nil || now <= old {
		t.Errorf("epoch %d after %d: %v", now, old, err)
	}
	if err := admit(t, r.Devices, "s1"); err != nil {
		t.Error(err)
	}
}

// What can't be opened changes nothing.
func TestChangeFails(t *testing.T) {
	for name, bad := range map[string]Change{
		"no driver":        {Open: []storedef.Device{{Address: "camera.c", Class: storedef.ClassCamera, Plugin: "test", Driver: "none"}}},
		"opened otherwise": {Close: []string{"gate.north"}, Open: []storedef.Device{gateDef(`{"invalid":true}`)}},
		"no plugin":        {Open: []storedef.Device{{Address: "camera.c", Class: storedef.ClassCamera, Plugin: "other", Driver: "none"}}},
		"there already":    {Open: []storedef.Device{gateDef("")}},
		"not there":        {Close: []string{"gate.south"}},
		"plugin of no use": {Open: []storedef.Device{{Address: "camera.c", Class: storedef.ClassCamera, Plugin: "bad", Driver: "none"}}, Plugins: map[string]supervisor.Spec{"bad": {Name: "bad", Path: "/nonexistent"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, newJournal(), testSpec(), nil, gateDef(""), shelfDef())
			if err := r.Opened(t.Context()); err != nil {
				t.Fatal(err)
			}
			c, err := r.Apply(t.Context(), bad)
			if err == nil {
				t.Fatal("it was made", c.Late)
			}
			r.journal.await(t, func(in []event.Input) bool {
				all := states(in, "gate.north")
				return len(all) > 0 && all[len(all)-1].State == event.StateReady
			})
			if len(r.Status()) != 2 {
				t.Errorf("devices %v", r.Status())
			}
			if m, _ := masses(r.journal.list(), "camera.c"); len(m) > 0 {
				t.Error("it was heard")
			}
		})
	}
}

// A plugin that crashes in the middle of a change has its devices opened again,
// the new ones too.
func TestChangeBesideCrash(t *testing.T) {
	r := start(t, newJournal(), testSpec(), nil, gateDef(""))
	if err := r.Opened(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := r.Apply(t.Context(), Change{Open: []storedef.Device{otherShelf("")}})
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.sup.Status()[0].PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Fatal(err)
	}
	if err := c.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.journal.await(t, func(in []event.Input) bool {
		all := states(in, "weight_shelf.low")
		m, _ := masses(in, "weight_shelf.low")
		return len(all) > 3 && all[len(all)-1].State == event.StateReady && len(m) > 3
	})
}
