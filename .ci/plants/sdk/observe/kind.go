// Package observe stands in for the real one: a closed enum, a closed set and every impurity.
package observe

// Kind is a closed enum.
type Kind uint8

// The kinds.
const (
	KindWeight Kind = iota + 1
	KindTag
	KindScan
)

// An Evidence is one of a closed set.
//
//sumtype:decl
type Evidence interface{ evidence() }

// Weight is evidence.
type Weight struct{}

// Tag is evidence.
type Tag struct{}

func (Weight) evidence() {}
func (Tag) evidence()    {}
