// Package language stands in for the real one, which may use what the rest may not.
package language

import (
	"github.com/hashicorp/hcl-lang/decoder"
	"github.com/openaisle/aisle/framework/journal" // want depguard "hcl-is-below-framework': hcl imports only sdk of ours"
)

// Decode may use hcl-lang, but not the framework.
func Decode(*decoder.Decoder, journal.Thing) {}
