package storefile

import (
	"strings"

	"github.com/openaisle/aisle/hcl/configspec"
	"github.com/openaisle/aisle/hcl/storedef"
)

// Locate gives the place of an attribute of a block, for an error that is found
// after the store was loaded: by a plugin that opens its device, say. The
// address is a device's, a bay's or any block's. The path is that of the config
// block, as package config writes it ("lane[0].port"); empty is the whole
// block. Where the attribute isn't written the place is the block's header. It
// is false for an address that the store doesn't have.
func (d *Definition) Locate(address, path string) (Place, bool) {
	l := d.loader
	if l == nil {
		return Place{}, false
	}
	b, ok := l.decoded[address]
	if !ok {
		if p, isProduct := l.products[address]; isProduct {
			b, ok = p.b, true
		}
	}
	if !ok {
		return Place{}, false
	}
	if path == "" {
		return l.place(b.header(), b.context), true
	}
	if isDevice(b.kind) {
		c := l.configBlock(b)
		if c == b {
			return l.place(b.header(), b.context), true
		}
		rng := configspec.Range(c.syntax.Body, path)
		if rng == c.syntax.Body.MissingItemRange() {
			rng = c.header()
		}
		return l.place(rng, c.context), true
	}
	name, _, _ := strings.Cut(path, ".")
	return l.place(b.at(name), b.context), true
}

func isDevice(kind string) bool {
	for _, c := range storedef.Classes() {
		if kind == string(c) {
			return true
		}
	}
	return false
}

// Problem gives an error that is found after loading as a problem at its place,
// to be printed like the others.
func (d *Definition) Problem(address, path, code, summary, detail string) Problem {
	p := Problem{Severity: Error, Code: code, Summary: shorten(summary), Detail: detail}
	p.Place, _ = d.Locate(address, path)
	return p
}
