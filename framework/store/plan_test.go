package store

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

func small() storedef.Store {
	return storedef.Store{
		Name: "s", Currency: "EUR", Timezone: "UTC",
		Plugins: []storedef.Plugin{{Name: "a", Source: "./a", Version: "~> 1.0"}, {Name: "b", Source: "./b"}},
		Devices: []storedef.Device{
			{Address: "gate.north", Class: storedef.ClassGate, Plugin: "a", Driver: "gate", Role: storedef.RoleBoth, Config: []byte(`{"port":1,"token":"x"}`)},
			{Address: "weight_shelf.top", Class: storedef.ClassWeightShelf, Plugin: "b", Driver: "cells", Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf.top.bay[1]"}}},
			{Address: "payment.cards", Class: storedef.ClassPayment, Plugin: "a", Driver: "cards"},
		},
		Products: []storedef.Product{{Name: "cola", GTIN: "05449000000996", Price: money.New(180, "EUR")}},
	}
}

func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*storedef.Store)
		steps  string
		closes string
		opens  string
		says   string // in restart or effects
	}{
		"nothing": {func(*storedef.Store) {}, "", "", "", ""},
		"config":  {func(s *storedef.Store) { s.Devices[0].Config = []byte(`{"port":2,"token":"y"}`) }, "reopen gate.north config.port config.token", "gate.north", "gate.north", "nobody is let in there; the way out is free"},
		"bays":    {func(s *storedef.Store) { s.Devices[1].Bays = nil }, "reopen weight_shelf.top bays", "weight_shelf.top", "weight_shelf.top", "is in doubt"},
		"role":    {func(s *storedef.Store) { s.Devices[0].Role = storedef.RoleExit }, "change gate.north role", "", "", ""},
		"another": {func(s *storedef.Store) { s.Devices[1].Plugin = "a" }, "swap weight_shelf.top driver b.cells -> a.cells", "weight_shelf.top", "weight_shelf.top", ""},
		"version": {func(s *storedef.Store) { s.Plugins[0].Version = "~> 2.0" }, `swap plugin.a version "~> 1.0" -> "~> 2.0"`, "", "", ""},
		"agent":   {func(s *storedef.Store) { s.Plugins[0].Agent = "back" }, "", "", "", "plugin.a, its machine or isolation"},
		"removed": {func(s *storedef.Store) { s.Devices = s.Devices[:1] }, "remove payment.cards; remove weight_shelf.top", "payment.cards weight_shelf.top", "", "it holds money of open visits"},
		"added": {func(s *storedef.Store) {
			d := s.Devices[1]
			d.Address = "weight_shelf.low"
			s.Devices = append(s.Devices, d)
		}, "add weight_shelf.low b.cells", "", "weight_shelf.low", ""},
		"moved": {func(s *storedef.Store) {
			s.Devices[0].Address = "gate.south"
			s.Moved = []storedef.Move{{From: "gate.north", To: "gate.south"}}
		}, "move gate.south", "gate.north", "gate.south", ""},
		"renamed without moved": {func(s *storedef.Store) { s.Devices[0].Address = "gate.south" },
			"add gate.south a.gate; remove gate.north", "gate.north", "gate.south", "If gate.south is gate.north under another name"},
		"moved on": {func(s *storedef.Store) {
			s.Devices[0].Address = "gate.south"
			s.Moved = []storedef.Move{{From: "gate.north", To: "gate.south", Via: []string{"gate.west"}}, {From: "gate.west", To: "gate.south"}}
		}, "move gate.south", "gate.north", "gate.south", ""},
		"moved long ago": {func(s *storedef.Store) { s.Moved = []storedef.Move{{From: "gate.old", To: "gate.north"}} }, "", "", "", ""},
		"price":          {func(s *storedef.Store) { s.Products[0].Price = money.New(195, "EUR") }, "change product.cola price 1.80 EUR -> 1.95 EUR", "", "", "the lower of the two"},
		"not sold":       {func(s *storedef.Store) { s.Products = nil }, "remove product.cola", "", "", "is not sold any more"},
		"safety":         {func(s *storedef.Store) { s.Safety.FreeExitAfter = 5 }, "reopen gate.north safety; change safety free_exit_after", "gate.north", "gate.north", ""},
		"rules":          {func(s *storedef.Store) { s.Entry.MaxParty = 3 }, "change entry max_party", "", "", "The rules of entry change"},
		"timezone":       {func(s *storedef.Store) { s.Timezone = "Europe/Lisbon" }, "", "", "", "timezone"},
	} {
		t.Run(name, func(t *testing.T) {
			after := small()
			c.change(&after)
			d, err := compare(small(), after)
			if err != nil {
				t.Fatal(err)
			}
			d.keepProcessors(3)
			var steps []string
			for _, s := range d.steps {
				steps = append(steps, strings.TrimSpace(fmt.Sprintf("%s %s %s", s.Action, s.Address, strings.Join(s.What, " "))))
			}
			if got := strings.Join(steps, "; "); got != c.steps {
				t.Errorf("steps %s\nwant %s", got, c.steps)
			}
			if got := strings.Join(d.closes, " "); got != c.closes {
				t.Errorf("closes %s", got)
			}
			if got := strings.Join(d.opens, " "); got != c.opens {
				t.Errorf("opens %s", got)
			}
			if text := strings.Join(append(d.effects(3), d.restart...), "\n"); !strings.Contains(text, c.says) {
				t.Errorf("says %s", text)
			}
			a, _ := indexOf(small(), small())
			if b, err := indexOf(small(), after); err != nil || (a == b) != (name == "nothing") {
				t.Errorf("index %s of %s, %v", b, a, err)
			}
			if strings.Contains(fmt.Sprint(d.steps), `"y"`) {
				t.Error("a value of a config is told")
			}
		})
	}
	if (control.Plan{}).Changes() {
		t.Error("an empty plan changes something")
	}
}

// Two devices of the store that runs can't become one, by the end of a chain or
// by a name in between.
func TestCompareRefusesMove(t *testing.T) {
	for _, m := range []storedef.Move{
		{From: "gate.north", To: "gate.south"},
		{From: "gate.north", To: "gate.east", Via: []string{"gate.south"}},
	} {
		before, after := small(), small()
		other := before.Devices[0]
		other.Address = "gate.south"
		before.Devices = append(before.Devices, other)
		after.Devices[0].Address, after.Moved = m.To, []storedef.Move{m}
		if _, err := compare(before, after); err == nil || !strings.Contains(err.Error(), "gate.north can't become "+m.To+", for the store has gate.south already") {
			t.Error(err)
		}
	}
}
