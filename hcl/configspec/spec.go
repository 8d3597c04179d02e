package configspec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/sdk/config"
)

// Spec gives the decoder specification of a schema, or an error for a schema
// that isn't valid.
//
// Nothing in it is required and nothing counted: config.Schema.Check does that
// afterwards, on the document, so that host and plugin say the same. Repeated
// blocks become tuples; the list and map specifications of hcldec panic on some
// element types.
func Spec(s config.Schema) (hcldec.Spec, error) {
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return spec(s), nil
}

func spec(s config.Schema) hcldec.ObjectSpec {
	out := hcldec.ObjectSpec{}
	for _, a := range s.Attributes {
		out[a.Name] = &hcldec.AttrSpec{Name: a.Name, Type: typeOf(a.Type)}
	}
	for _, b := range s.Blocks {
		nested := spec(b.Schema)
		if b.Once() {
			out[b.Name] = &hcldec.BlockSpec{TypeName: b.Name, Nested: nested}
		} else {
			out[b.Name] = &hcldec.BlockTupleSpec{TypeName: b.Name, Nested: nested}
		}
	}
	return out
}

// typeOf gives the type that an attribute is written as. Quantities are written
// as text with units.
func typeOf(t config.Type) cty.Type {
	switch t {
	case config.TypeString, config.TypeDuration, config.TypeMass:
		return cty.String
	case config.TypeBool:
		return cty.Bool
	case config.TypeInteger, config.TypeNumber:
		return cty.Number
	case config.TypeStringList:
		return cty.List(cty.String)
	case config.TypeIntegerList:
		return cty.List(cty.Number)
	case config.TypeStringMap:
		return cty.Map(cty.String)
	case config.TypeUnknown:
	}
	return cty.DynamicPseudoType
}
