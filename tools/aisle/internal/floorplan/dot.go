package floorplan

import (
	"fmt"
	"io"
	"strings"

	"github.com/openaisle/aisle/hcl/storedef"
)

// shapes are those of DOT by class.
var shapes = map[storedef.Class]string{
	storedef.ClassGate: "doubleoctagon", storedef.ClassCredentialReader: "note", storedef.ClassRFIDReader: "parallelogram",
	storedef.ClassWeightShelf: "box3d", storedef.ClassCamera: "invtriangle", storedef.ClassPayment: "cds",
}

// DOT writes a store as a directed graph: zones hold devices, readers serve gates,
// cameras see zones.
func DOT(w io.Writer, s *storedef.Store) error {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n  rankdir = LR\n  node [fontname = \"sans-serif\"]\n", s.Name)
	for i, z := range s.Zones {
		fmt.Fprintf(&b, "\n  subgraph \"cluster_%d\" {\n    label = %q\n    %q [shape = point, style = invis]\n", i, z.Address, z.Address)
		for _, d := range s.Devices {
			if len(d.Zones) == 1 && d.Zones[0] == z.Address {
				node(&b, "    ", d)
			}
		}
		b.WriteString("  }\n")
	}
	b.WriteString("\n")
	for _, d := range s.Devices {
		if len(d.Zones) != 1 {
			node(&b, "  ", d)
		}
		for _, gate := range d.Serves {
			fmt.Fprintf(&b, "  %q -> %q [label = \"serves\"]\n", d.Address, gate)
		}
		if len(d.Zones) > 1 {
			for _, z := range d.Zones {
				fmt.Fprintf(&b, "  %q -> %q [label = \"sees\", style = dashed]\n", d.Address, z)
			}
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func node(b *strings.Builder, indent string, d storedef.Device) {
	label := d.Address
	if n := len(d.Bays); n > 1 {
		label += fmt.Sprintf("\n%d bays", n)
	}
	fmt.Fprintf(b, "%s%q [shape = %s, label = %q, tooltip = %q]\n", indent, d.Address, shapes[d.Class], label, d.Plugin+"."+d.Driver)
}
