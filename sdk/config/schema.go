package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

// The limits of a schema. A host refuses a plugin whose schema is over one.
const (
	MaxDepth      = 8   // blocks within blocks
	MaxAttributes = 256 // attributes, and block types, of one block
	MaxItems      = 4096
)

// Type is the type of an attribute.
type Type uint8

// The types. Their numbers are those of the wire and never change.
const (
	TypeUnknown Type = iota
	TypeString
	TypeBool
	TypeInteger
	// TypeNumber is a decimal number.
	TypeNumber
	// TypeDuration is written with units, such as "250ms"; nanoseconds in JSON.
	TypeDuration
	// TypeMass is written with units, such as "345 g"; milligrams in JSON.
	TypeMass
	TypeStringList
	TypeIntegerList
	TypeStringMap
)

var typeNames = [...]string{"unknown", "string", "bool", "integer", "number", "duration", "mass",
	"list of strings", "list of integers", "map of strings"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Schema is the shape of a config block.
type Schema struct {
	Attributes []Attribute
	Blocks     []Block
}

// Attribute is one argument of a block.
type Attribute struct {
	Name     string
	Type     Type
	Required bool
	// Default is the JSON form of the value taken when it is left out; nil for
	// none.
	Default json.RawMessage
	Doc     string
	// Sensitive values come by reference and are never printed.
	Sensitive bool
	// OneOf lists the only values allowed, for strings.
	OneOf []string
	// Min and Max bound a number in the unit of its JSON form, or the length of
	// a string, list or map.
	Min, Max *int64
	// Access says that the value names something of the machine that the plugin
	// then uses. The host grants it, and nothing else that isn't declared.
	Access Access
}

// Block is a block type within a block.
type Block struct {
	Name   string
	Schema Schema
	Doc    string
	// Least and Most bound how often it occurs. Most is 0 for any number. With
	// Most 1 its JSON form is an object, otherwise a list of objects.
	Least, Most int
}

// Once says whether the block's JSON form is an object and not a list.
func (b Block) Once() bool { return b.Most == 1 }

// Attribute gives the attribute of a name.
func (s Schema) Attribute(name string) (Attribute, bool) {
	for _, a := range s.Attributes {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}

// Block gives the block type of a name.
func (s Schema) Block(name string) (Block, bool) {
	for _, b := range s.Blocks {
		if b.Name == name {
			return b, true
		}
	}
	return Block{}, false
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// Validate says what is wrong with the schema itself. SchemaOf gives only valid
// ones; a host checks those that come from a plugin.
func (s Schema) Validate() error { return s.validate("", 0) }

func (s Schema) validate(path string, depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("%s: blocks are nested more than %d deep", path, MaxDepth)
	}
	if len(s.Attributes) > MaxAttributes || len(s.Blocks) > MaxAttributes {
		return fmt.Errorf("%s: more than %d attributes or blocks", path, MaxAttributes)
	}
	seen := map[string]bool{}
	name := func(n string) error {
		if !nameForm.MatchString(n) {
			return fmt.Errorf("%q is no name: write lower-case letters, digits and underscores, a letter first", n)
		}
		if seen[n] {
			return errors.New("named twice in one block")
		}
		seen[n] = true
		return nil
	}
	for _, a := range s.Attributes {
		if err := errors.Join(name(a.Name), a.validate()); err != nil {
			return fmt.Errorf("%s: %w", join(path, a.Name), err)
		}
	}
	for _, b := range s.Blocks {
		at := join(path, b.Name)
		if err := name(b.Name); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		if b.Least < 0 || b.Most < 0 || b.Most > 0 && b.Least > b.Most {
			return fmt.Errorf("%s: between %d and %d times is impossible", at, b.Least, b.Most)
		}
		if err := b.Schema.validate(at, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (a Attribute) validate() error {
	if a.Type == TypeUnknown || a.Type > TypeStringMap {
		return fmt.Errorf("%v is not known", a.Type)
	}
	if len(a.OneOf) > 0 && a.Type != TypeString {
		return errors.New("one_of is for strings")
	}
	if a.Type == TypeBool && (a.Min != nil || a.Max != nil) {
		return errors.New("a bool has no bounds")
	}
	if a.Min != nil && a.Max != nil && *a.Min > *a.Max {
		return errors.New("min is above max")
	}
	if err := a.Access.suits(a.Type); err != nil {
		return err
	}
	if a.Default == nil {
		return nil
	}
	if a.Required {
		return errors.New("a required attribute has no default")
	}
	value, err := parse(a.Default)
	if err != nil {
		return fmt.Errorf("default: %w", err)
	}
	if msg := a.check(value); msg != "" {
		return fmt.Errorf("default: %s", msg)
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
