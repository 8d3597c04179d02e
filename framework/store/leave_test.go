package store

import (
	"maps"
	"slices"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

func dials(values ...string) (g sandbox.Grants) {
	for i := 0; i < len(values); i += 2 {
		g.Dial = append(g.Dial, values[i+1])
		g.Why = append(g.Why, sandbox.Granted{Access: "dial", Value: values[i+1], From: values[i] + " config.addr"})
	}
	return g
}

// A gate that goes to another maker serves on its old plugin until the new one has it: the
// old plugin keeps its address until then, and loses it after.
func TestStaged(t *testing.T) {
	const north, south = "gate.north", "gate.south"
	both, one := dials(north, "10.0.0.1:1", south, "10.0.0.2:1"), dials(north, "10.0.0.1:1")
	for _, c := range []struct {
		name        string
		was, spec   supervisor.Spec
		leaves      []string
		first, then []string // addresses; nil for none
	}{
		{"it goes, and nothing else changes", supervisor.Spec{Path: "a", Grants: both}, supervisor.Spec{Path: "a", Grants: one}, []string{south}, nil, []string{"10.0.0.1:1"}},
		{"it goes, and the program is another", supervisor.Spec{Path: "a", Grants: both}, supervisor.Spec{Path: "b", Grants: one}, []string{south}, []string{"10.0.0.1:1", "10.0.0.2:1"}, []string{"10.0.0.1:1"}},
		{
			"it goes, and another comes", supervisor.Spec{Path: "a", Grants: both}, supervisor.Spec{Path: "a", Grants: dials(north, "10.0.0.1:1", "gate.east", "10.0.0.3:1")},
			[]string{south}, []string{"10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"}, []string{"10.0.0.1:1", "10.0.0.3:1"},
		},
		{"it moves to another address", supervisor.Spec{Path: "a", Grants: both}, supervisor.Spec{Path: "a", Grants: one}, nil, []string{"10.0.0.1:1"}, nil},
		{"one whose name begins alike stays", supervisor.Spec{Path: "a", Grants: both}, supervisor.Spec{Path: "a", Grants: one}, []string{"gate.sou"}, []string{"10.0.0.1:1"}, nil},
		{"they share an address", supervisor.Spec{Path: "a", Grants: dials(north, "10.0.0.1:1", south, "10.0.0.1:1")}, supervisor.Spec{Path: "b", Grants: one}, []string{south}, []string{"10.0.0.1:1"}, nil},
	} {
		first, then := staged(map[string]supervisor.Spec{"p": c.spec}, map[string]supervisor.Spec{"p": c.was}, func(string) []string { return c.leaves })
		for _, x := range []struct {
			what string
			got  map[string]supervisor.Spec
			want []string
		}{{"first", first, c.first}, {"then", then, c.then}} {
			spec, is := x.got["p"]
			if is != (x.want != nil) || !slices.Equal(spec.Grants.Dial, x.want) || is && spec.Path != c.spec.Path {
				t.Errorf("%s: %s %v, %q", c.name, x.what, slices.Collect(maps.Keys(x.got)), spec.Grants.Dial)
			}
		}
	}
}
