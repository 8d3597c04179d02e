package configspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/sdk/config"
)

// Missing is what a block must have and hasn't.
type Missing struct {
	// Block says that it is a block; else it is an argument.
	Block bool
	// Name is its own, In the path of the nested block that needs it; In is
	// empty for the config block itself.
	Name, In string
	// Doc is what the plugin's schema says of it; it may be empty.
	Doc string
	// Mistyped says that something of a name like it is written in its place,
	// which is reported as not expected.
	Mistyped bool
	// Example is how it is written, such as `port = 1`.
	Example string
}

// missing gives what is missing at a path, or nil where something is written
// there.
func missing(body *hclsyntax.Body, s config.Schema, path string) *Missing {
	in, name := "", path
	if i := strings.LastIndex(path, "."); i >= 0 {
		in, name = path[:i], path[i+1:]
	}
	if _, written := locate(body, path); written {
		return nil
	}
	if a, ok := find(s, path); ok {
		return &Missing{Mistyped: mistyped(body, s, in, name), Name: name, In: in, Doc: a.Doc, Example: name + " = " + example(a)}
	}
	if b, ok := findBlock(s, path); ok {
		return &Missing{Mistyped: mistyped(body, s, in, name), Block: true, Name: name, In: in, Doc: b.Doc, Example: name + " { ... }"}
	}
	return nil
}

// mistyped says whether the block at a path has an argument or block that the
// schema doesn't know and whose name is nearest to name.
func mistyped(body *hclsyntax.Body, s config.Schema, in, name string) bool {
	body, ok := inner(body, in)
	if !ok {
		return false
	}
	s, _, ok = around(s, in+strings.Repeat(".", min(1, len(in)))+name)
	if !ok {
		return false
	}
	var names []string
	for _, a := range s.Attributes {
		names = append(names, a.Name)
	}
	for _, b := range s.Blocks {
		names = append(names, b.Name)
	}
	near := func(written string) bool {
		return !slices.Contains(names, written) && nearest.To(written, names) == name
	}
	for written := range body.Attributes {
		if near(written) {
			return true
		}
	}
	return slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return near(b.Type) })
}

// example is a value that shows how an attribute is written.
func example(a config.Attribute) string {
	switch {
	case a.Sensitive:
		return `secret("env:NAME")`
	case len(a.OneOf) > 0:
		return fmt.Sprintf("%q", a.OneOf[0])
	}
	switch a.Type {
	case config.TypeString:
		return `"..."`
	case config.TypeBool:
		return "true"
	case config.TypeInteger, config.TypeNumber:
		if a.Min != nil {
			return fmt.Sprint(*a.Min)
		}
		return "1"
	case config.TypeDuration:
		return `"250ms"`
	case config.TypeMass:
		return `"345 g"`
	case config.TypeStringList:
		return `["..."]`
	case config.TypeIntegerList:
		return "[1]"
	case config.TypeStringMap:
		return `{ name = "..." }`
	case config.TypeUnknown:
	}
	return "..."
}
