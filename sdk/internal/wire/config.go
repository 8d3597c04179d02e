package wire

import (
	"fmt"
	"math"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/internal/pb"
)

// BlockOf makes the message of a schema.
func BlockOf(s config.Schema) *pb.Block {
	b := &pb.Block{}
	for _, a := range s.Attributes {
		b.Attributes = append(b.Attributes, &pb.Attribute{
			Name: a.Name, Type: pb.ValueType(a.Type), Required: a.Required, DefaultJson: a.Default, Doc: a.Doc,
			Sensitive: a.Sensitive, OneOf: a.OneOf, Minimum: a.Min, Maximum: a.Max,
			Access: pb.Access(a.Access),
		})
	}
	for _, n := range s.Blocks {
		b.Blocks = append(b.Blocks, &pb.NestedBlock{
			Name: n.Name, Block: BlockOf(n.Schema), Doc: n.Doc,
			Least: uint32(n.Least), Most: uint32(n.Most), //nolint:gosec // Validate has bounded them
		})
	}
	return b
}

// SchemaOf makes a schema of its message and validates it.
func SchemaOf(b *pb.Block) (config.Schema, error) {
	s, err := schemaOf(b, 0)
	if err != nil {
		return config.Schema{}, err
	}
	return s, s.Validate()
}

func schemaOf(b *pb.Block, depth int) (s config.Schema, err error) {
	if depth > config.MaxDepth {
		return s, fmt.Errorf("blocks are nested more than %d deep", config.MaxDepth)
	}
	for _, a := range b.GetAttributes() {
		if a.GetType() < 0 || a.GetType() > math.MaxUint8 {
			return s, fmt.Errorf("%s: type %d is not known", a.GetName(), a.GetType())
		}
		// What a later contract lets a plugin do is nothing that this host can grant.
		if a.GetAccess() < 0 || a.GetAccess() > pb.Access(config.AccessUSB) {
			return s, fmt.Errorf("%s: access %d is not known", a.GetName(), a.GetAccess())
		}
		s.Attributes = append(s.Attributes, config.Attribute{
			Name: a.GetName(), Type: config.Type(a.GetType()), Required: a.GetRequired(), Default: nonEmpty(a.GetDefaultJson()),
			Doc: a.GetDoc(), Sensitive: a.GetSensitive(), OneOf: a.GetOneOf(), Min: a.Minimum, Max: a.Maximum,
			Access: config.Access(a.GetAccess()), //nolint:gosec // bounded just above
		})
	}
	for _, n := range b.GetBlocks() {
		inner, err := schemaOf(n.GetBlock(), depth+1)
		if err != nil {
			return s, err
		}
		if n.GetLeast() > config.MaxItems || n.GetMost() > config.MaxItems {
			return s, fmt.Errorf("%s: more than %d blocks", n.GetName(), config.MaxItems)
		}
		s.Blocks = append(s.Blocks, config.Block{Name: n.GetName(), Schema: inner, Doc: n.GetDoc(),
			Least: int(n.GetLeast()), Most: int(n.GetMost())})
	}
	return s, nil
}

func nonEmpty(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
