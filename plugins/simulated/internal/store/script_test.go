package store_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/sim"
	"github.com/openaisle/aisle/sdk/observe"
)

// TestScript: one shopper does what the script says, at its times.
func TestScript(t *testing.T) {
	opt := defaults(t)
	opt.Script = filepath.Join(t.TempDir(), "script.json")
	text := `[
		{"at": "1s", "do": "enter", "gate": "gate.north", "token": "tok-script", "bodies": 2},
		{"at": "20s", "do": "walk", "zone": "zone.drinks"},
		{"at": "25s", "do": "take", "bay": "weight_shelf.cooler_top.bay[1]", "gtin": "09521234000112", "qty": 3},
		{"at": "30s", "do": "touch", "bay": "weight_shelf.cooler_top.bay[2]"},
		{"at": "35s", "do": "put", "bay": "weight_shelf.cooler_top.bay[4]", "gtin": "09521234000112"},
		{"at": "115s", "do": "leave", "gate": "gate.south"}]`
	if err := os.WriteFile(opt.Script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	h := visitAll(t, opt, fakehost.Options{})
	var hands []observe.Action
	out := 0
	for _, s := range h.Seen() {
		switch e := s.Evidence.(type) {
		case observe.Interaction:
			hands = append(hands, e.Action)
			if after := e.Onset.Sub(opt.Start).Seconds(); after < 25 || after > 35 {
				t.Errorf("%v after %v s", e.Action, after)
			}
		case observe.Passage:
			after := e.Settled.Sub(opt.Start).Seconds()
			if e.Direction == observe.DirectionIn && (after > 5 || s.Device != "gate.north") ||
				e.Direction == observe.DirectionOut && (after < 114 || after > 125 || s.Device != "gate.south") {
				t.Errorf("%s: %v after %v s", s.Device, e.Direction, after)
			}
			if e.Direction == observe.DirectionOut {
				out++
			}
		default:
		}
	}
	if want := []observe.Action{observe.ActionTake, observe.ActionTouch, observe.ActionPut}; !reflect.DeepEqual(hands, want) || out != 2 {
		t.Errorf("hands %v and %d bodies out, want %v and 2", hands, out, want)
	}
	lines := truth(t, opt)
	if len(lines) != 1 || !reflect.DeepEqual(lines[0].Items, []sim.Item{{GTIN: "09521234000112", Qty: 2}}) || lines[0].Credential != "tok-script" {
		t.Errorf("the truth is %+v", lines)
	}
	visitAll(t, opt, fakehost.Options{}) // on the same data there is nothing left to do
	if n := len(truth(t, opt)); n != 1 {
		t.Errorf("the script was played %d times", n)
	}
	text = `[{"at": "0s", "do": "enter", "token": "t"}, {"at": "9s", "do": "leave", "items": [{"gtin": "09521234000228", "qty": 4}]}]`
	if err := os.WriteFile(opt.Script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	opt.Data = t.TempDir()
	visitAll(t, opt, fakehost.Options{})
	if lines := truth(t, opt); len(lines) != 1 || !reflect.DeepEqual(lines[0].Items, []sim.Item{{GTIN: "09521234000228", Qty: 4}}) {
		t.Errorf("the stated truth became %+v", lines)
	}
}
