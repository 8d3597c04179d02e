package configspec

import (
	"testing"

	"github.com/openaisle/aisle/sdk/config"
)

func TestMissing(t *testing.T) {
	port := config.Attribute{Name: "port", Type: config.TypeInteger, Required: true, Doc: "Where it listens."}
	s := config.Schema{
		Attributes: []config.Attribute{{Name: "addr", Type: config.TypeString, Required: true, Doc: "Its address."}},
		Blocks: []config.Block{
			{Name: "lane", Least: 1, Doc: "A lane.", Schema: config.Schema{Attributes: []config.Attribute{port}}},
		},
	}
	const lane = "lane {\n port = 1\n}\n"
	for _, tt := range []struct {
		name, src string
		want      *Missing
	}{
		{"argument", lane, &Missing{Name: "addr", Doc: "Its address.", Example: `addr = "..."`}},
		{"block", `addr = "a"`, &Missing{Block: true, Name: "lane", Doc: "A lane.", Example: "lane { ... }"}},
		{"argument of a block", "addr = \"a\"\n" + lane + "lane {}", &Missing{Name: "port", In: "lane[1]", Doc: "Where it listens.", Example: "port = 1"}},
		{"written, but null", "addr = null\n" + lane, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := decode(t, tt.src, s)
			if len(r.Problems) != 1 {
				t.Fatalf("%+v %v", r.Problems, r.Diagnostics)
			}
			got := r.Problems[0].Missing
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// Each example is taken by the schema that it is an example of.
func TestExampleIsTaken(t *testing.T) {
	least := int64(7)
	for _, a := range []config.Attribute{
		{Type: config.TypeString},
		{Type: config.TypeString, OneOf: []string{"mean", "median"}},
		{Type: config.TypeBool},
		{Type: config.TypeInteger},
		{Type: config.TypeInteger, Min: &least},
		{Type: config.TypeNumber},
		{Type: config.TypeDuration},
		{Type: config.TypeMass},
		{Type: config.TypeStringList},
		{Type: config.TypeIntegerList},
		{Type: config.TypeStringMap},
	} {
		a.Name, a.Required = "it", true
		r := decode(t, "it = "+example(a), config.Schema{Attributes: []config.Attribute{a}})
		if r.JSON == nil {
			t.Errorf("%v: %s: %v %v", a.Type, example(a), r.Problems, r.Diagnostics)
		}
	}
}
