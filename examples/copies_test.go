package examples

import (
	"io/fs"
	"strings"
	"testing"
)

// What corner-wire sells is what corner sells: its files are copies but for these lines. Both
// are whole stores that `aisle init` hands out, and a store's files are in its own folder.
func TestCornerWireSellsTheSame(t *testing.T) {
	for file, lines := range map[string][]string{
		"products.hcl": nil,
		"policy.hcl": {
			`  staff        = ["badge-staff-001", "badge-staff-002"]`,
			`  staff        = ["badge_3d9ed9ae60eb270abde5d6f0df60c846", "badge_d7192b8e95c9e224481ee2a8edbadab9"]`,
		},
		"planogram.hcl": {
			`planogram "corner" {`, `planogram "corner_wire" {`,
			`    at      = weight_shelf.fresh.bay[4]`, `    at      = weight_shelf.counter.bay[1]`,
		},
		"tests/visits.storetest.hcl": {
			`# What shoppers of the corner shop pay, to the cent. Try it:  aisle test examples/corner --story`,
			`# What shoppers of the corner shop on real protocols pay, to the cent. Try it:  aisle test examples/corner-wire --story`,
		},
	} {
		corner, err := fs.ReadFile(Files, "corner/"+file)
		if err != nil {
			t.Fatal(err)
		}
		wire, err := fs.ReadFile(Files, "corner-wire/"+file)
		if err != nil {
			t.Fatal(err)
		}
		want := string(corner)
		for i := 0; i < len(lines); i += 2 {
			if strings.Count(want, lines[i]+"\n") != 1 {
				t.Errorf("corner/%s has the line %q not once", file, lines[i])
			}
			want = strings.Replace(want, lines[i]+"\n", lines[i+1]+"\n", 1)
		}
		if string(wire) != want {
			t.Errorf("corner-wire/%s differs from corner's by more than these lines: change both", file)
		}
	}
}
