package storefile

import (
	"fmt"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// MaxInstances is the most blocks that one for_each makes.
const MaxInstances = 100_000

// instance is one block that a for_each makes, or a block without.
type instance struct {
	// key is each.key, and repeated whether there is a for_each.
	key      string
	repeated bool
	value    cty.Value
}

// scope gives the scope of the instance's arguments.
func (i instance) scope(s scope) scope {
	if !i.repeated {
		return s
	}
	return s.child(map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": cty.StringVal(i.key), "value": i.value})})
}

// instances expands a block. A block with a name takes an object or map, whose
// keys name the instances whatever their order; one without takes a list too.
func (l *loader) instances(b *block, s scope, lists bool) []instance {
	if b.attribute(argForEach) == nil {
		return []instance{{}} // the block itself
	}
	v, ok := l.known(b, argForEach, s)
	if !ok {
		return nil
	}
	ty := v.Type()
	switch {
	case ty.IsObjectType(), ty.IsMapType():
	case ty.IsSetType() && ty.ElementType() == cty.String:
	case lists && (ty.IsTupleType() || ty.IsListType() || ty.IsSetType()):
	default:
		detail := "This is %s. Write an object or map, whose keys name the blocks, or toset() of texts; from a list: { for x in LIST : x.id => x }."
		if lists {
			detail = "This is %s. Write a list, an object or a map."
		}
		l.fail(b, b.at("for_each"), "wrong_type", `"for_each" can't take that`, detail, describe(v))
		return nil
	}
	if n := v.LengthInt(); n > MaxInstances {
		l.bounds(b, "for_each", strconv.Itoa(n), fmt.Sprintf("at most %d blocks", MaxInstances))
		return nil
	}
	work := stepWork * v.LengthInt()
	if lists {
		work *= 2 // a dynamic block's content is made anew
	}
	if !l.spend(work) {
		l.overworked(b, b.at("for_each"))
		return nil
	}
	out := []instance{}
	n := 0
	for it := v.ElementIterator(); it.Next(); n++ {
		key, value := it.Element()
		name := strconv.Itoa(n)
		if key.Type() == cty.String {
			name = key.AsString()
		}
		out = append(out, instance{key: name, repeated: true, value: value})
	}
	return out
}
