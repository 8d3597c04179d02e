package store

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// What a remote plugin said is remembered as it was said, for that plugin of that
// agent and for no other.
func TestDescriptionIsRemembered(t *testing.T) {
	data := t.TempDir()
	p := storedef.Plugin{Name: "acme", Agent: "back", Source: "./acme"}
	d := host.Description{Name: "acme/shelf", Version: "1.2.3", Contract: 1, Drivers: []host.DriverInfo{{
		Name: "shelf", Class: "weight_shelf", Doc: "A shelf.",
		Schema: config.Schema{
			Attributes: []config.Attribute{{Name: "addr", Required: true}, {Name: "retries", Default: json.RawMessage("3")}},
			Blocks:     []config.Block{{Name: "lane", Schema: config.Schema{Attributes: []config.Attribute{{Name: "port", Required: true}}}}},
		},
	}}}
	if _, ok := recallDescription(data, p); ok {
		t.Error("it remembers what it was never told")
	}
	if err := rememberDescription(data, p, d); err != nil {
		t.Fatal(err)
	}
	if got, ok := recallDescription(data, p); !ok || !reflect.DeepEqual(got, d) {
		t.Errorf("it remembers %+v, was told %+v", got, d)
	}
	for _, other := range []storedef.Plugin{{Name: "acme", Agent: "front", Source: "./acme"}, {Name: "acme", Agent: "back", Source: "./b"}, {Name: "b", Agent: "back", Source: "./acme"}} {
		if _, ok := recallDescription(data, other); ok {
			t.Errorf("it takes %+v for the same", other)
		}
	}
}
