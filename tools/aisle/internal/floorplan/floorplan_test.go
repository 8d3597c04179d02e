package floorplan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
)

// Every zone and device of a store is in both drawings, and a plan is
// well-formed whatever names the store has.
func TestDrawings(t *testing.T) {
	corner, ps := storefile.Load("../../../../examples/corner", nil)
	if ps.HasErrors() {
		t.Fatal(ps.Err())
	}
	hostile := storedef.Store{Name: `<script>"&`, Zones: []storedef.Zone{{Address: "zone.x"}}, Devices: []storedef.Device{
		{Address: `gate.lane["<a&\"b"]`, Class: storedef.ClassGate, Zones: []string{"zone.x"}, Role: storedef.RoleBoth},
		{Address: `module.m["z"].weight_shelf.s`, Class: storedef.ClassWeightShelf, Zones: []string{"zone.gone"}},
	}}
	for _, s := range []*storedef.Store{&corner.Store, &hostile, {}} {
		var dot, svg, again bytes.Buffer
		if err := errors.Join(DOT(&dot, s), SVG(&svg, s), SVG(&again, s)); err != nil {
			t.Fatal(err)
		}
		if svg.String() != again.String() {
			t.Error("the same store is drawn otherwise")
		}
		var texts strings.Builder
		d := xml.NewDecoder(bytes.NewReader(svg.Bytes()))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, svg.String())
			}
			if c, ok := token.(xml.CharData); ok {
				texts.Write(c)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
				t.Error("a name became an element")
			}
		}
		for _, device := range s.Devices {
			if len(device.Zones) == 1 && device.Zones[0] == "zone.gone" {
				continue
			}
			if !strings.Contains(texts.String(), device.Address+" (") {
				t.Errorf("%s is not on the plan", device.Address)
			}
		}
		for _, device := range corner.Store.Devices {
			if s == &corner.Store && !strings.Contains(dot.String(), `"`+device.Address+`" [shape`) {
				t.Errorf("%s is not in the graph", device.Address)
			}
		}
	}
}
