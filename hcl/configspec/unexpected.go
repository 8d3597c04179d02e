package configspec

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/sdk/config"
)

// Unexpected is an argument or block that the schema doesn't know.
type Unexpected struct {
	// Block says that it is written as a block; else as an argument.
	Block bool
	// Name is its own, In the path of the nested block that it is in; In is
	// empty for the config block itself.
	Name, In string
	// Arguments and Blocks are what there is, in the order of the schema.
	Arguments, Blocks []string
	Range             hcl.Range
}

// unexpected finds everything in a block that its schema doesn't know.
func unexpected(body *hclsyntax.Body, s config.Schema, in string) (found []Unexpected) {
	var arguments, blocks []string
	for _, a := range s.Attributes {
		arguments = append(arguments, a.Name)
	}
	for _, b := range s.Blocks {
		blocks = append(blocks, b.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		if !slices.Contains(arguments, name) {
			found = append(found, Unexpected{Name: name, In: in, Arguments: arguments, Blocks: blocks, Range: body.Attributes[name].NameRange})
		}
	}
	count := map[string]int{}
	for _, b := range body.Blocks {
		t, ok := s.Block(b.Type)
		if !ok {
			found = append(found, Unexpected{Block: true, Name: b.Type, In: in, Arguments: arguments, Blocks: blocks, Range: b.TypeRange})
			continue
		}
		at := join(in, b.Type)
		if !t.Once() {
			at = fmt.Sprintf("%s[%d]", at, count[b.Type])
			count[b.Type]++
		}
		found = append(found, unexpected(b.Body, t.Schema, at)...)
	}
	return found
}

// others gives the diagnostics that are not of what is unexpected.
func others(diags hcl.Diagnostics, found []Unexpected) hcl.Diagnostics {
	return slices.DeleteFunc(diags, func(d *hcl.Diagnostic) bool {
		return (d.Summary == "Unsupported argument" || d.Summary == "Unsupported block type") && d.Subject != nil &&
			slices.ContainsFunc(found, func(u Unexpected) bool { return u.Range == *d.Subject })
	})
}
