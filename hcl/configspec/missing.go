package configspec

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

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
		return &Missing{Name: name, In: in, Doc: a.Doc, Example: name + " = " + example(a)}
	}
	if b, ok := findBlock(s, path); ok {
		return &Missing{Block: true, Name: name, In: in, Doc: b.Doc, Example: name + " { ... }"}
	}
	return nil
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
