package store

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// Why this machine can't isolate plugins is said at the first of them; the others
// name it.
func TestIsolationReasonOnce(t *testing.T) {
	p := &prepared{def: &storefile.Definition{Store: storedef.Store{Devices: []storedef.Device{{Address: "gate.b", Plugin: "b"}}}},
		unisolated: []unisolated{{"b", "no namespaces", "b: no namespaces"}, {"a", "no namespaces", "a: no namespaces"}, {"c", "no groups", "c: no groups"}}}
	problems := storefile.Problems{{Detail: "a: no namespaces"}, {Detail: "something else"}, {Detail: "b: no namespaces"}, {Detail: "c: no groups"}}
	p.once(problems)
	for i, want := range []string{"a: no namespaces", "something else", `the same reason as plugin "a"`, "c: no groups"} {
		if !strings.Contains(problems[i].Detail, want) {
			t.Errorf("problem %d: %q has no %q", i, problems[i].Detail, want)
		}
	}
	if !strings.Contains(problems[2].Detail, "gate.b") {
		t.Errorf("%q does not name what is without it", problems[2].Detail)
	}
}
