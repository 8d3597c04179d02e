// Package configspec checks a vendor's config block against the schema that
// the vendor's plugin sent, and turns it into the JSON document that the
// plugin receives.
//
// It knows nothing of stores. Package storefile calls it. It promises that no
// schema and no block makes it panic: a schema comes from a stranger's program.
package configspec
