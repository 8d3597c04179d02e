//go:build ruleguard

// Package rules holds what a pure room may not do and no stock linter says.
//
// gocritic's ruleguard reads this file (see .golangci.yml); nothing compiles
// it: the build tag keeps it, and the one module it imports, out of every build.
// .ci/lint-selftest proves that each rule bites.
//
// A pure room (design.md section 2) gives the same answer to the same input on
// every machine: what was charged can be computed again, anywhere, by anyone.
package rules

import "github.com/quasilyte/go-ruleguard/dsl"

const (
	// pure names the rooms marked P in design.md section 2.
	pure = `^github\.com/openaisle/aisle/(sdk/(observe|fault|config|gs1|money|measure|internal/fixed)|hcl/storedef|framework/(event|core))(/|$)`
	// still adds sdk/signal, which may use floats but nothing else that a pure room may not.
	still = `^github\.com/openaisle/aisle/(sdk/(observe|fault|config|gs1|money|measure|signal|internal/fixed)|hcl/storedef|framework/(event|core))(/|$)`
	// helper names packages that only tests import (gatetest, signaltest).
	helper = `[a-z]test$`
	tests  = `_test\.go$`
)

// goroutines keeps scheduling out: its order differs from run to run.
func goroutines(m dsl.Matcher) {
	m.Match(`go $f($*_)`).
		Where(m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no go statement; the scheduler would decide what follows from an input`)

	m.Match(`select { $*_ }`).
		Where(m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no select; it picks among ready channels at random`)
}

// channels keeps the other half of concurrency out.
func channels(m dsl.Matcher) {
	m.Match(`chan $_`, `<-chan $_`, `chan<- $_`, `$_ <- $_`, `<-$_`).
		Where(m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no channel; take values and return values`)

	m.Match(`for $_ := range $c { $*_ }`, `for range $c { $*_ }`, `for $_ = range $c { $*_ }`).
		Where(m["c"].Type.Underlying().Is(`chan $_`) &&
			m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no channel; take values and return values`)
}

// maps keeps Go's random map order out.
func maps(m dsl.Matcher) {
	m.Match(
		`for $_, $_ := range $x { $*_ }`,
		`for $_ := range $x { $*_ }`,
		`for $_, $_ = range $x { $*_ }`,
		`for $_ = range $x { $*_ }`,
		`for range $x { $*_ }`,
	).
		Where(m["x"].Type.Underlying().Is(`map[$_]$_`) &&
			m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: a map has no order; range over slices.Sorted(maps.Keys(m))`)

	m.Match(
		`for $_, $_ := range maps.All($_) { $*_ }`,
		`for $_ := range maps.Keys($_) { $*_ }`,
		`for $_ := range maps.Values($_) { $*_ }`,
		`slices.Collect(maps.Keys($_))`,
		`slices.Collect(maps.Values($_))`,
		`slices.AppendSeq($_, maps.Keys($_))`,
		`slices.AppendSeq($_, maps.Values($_))`,
	).
		Where(m.File().PkgPath.Matches(still) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: a map has no order; range over slices.Sorted(maps.Keys(m))`)

	m.Match(`$v.MapRange()`).
		Where(m["v"].Type.Is(`reflect.Value`) &&
			m.File().PkgPath.Matches(pure) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: a map has no order; sort reflect.Value.MapKeys`)
}

// floats keeps out arithmetic that differs between processors: Go may fuse a
// multiply and an add on one architecture and not on another, and the same
// journal would charge differently. forbidigo catches the names of the types;
// here is what infers them.
func floats(m dsl.Matcher) {
	m.Match(`$f($*_)`).
		Where((m["$$"].Type.Underlying().Is(`float64`) || m["$$"].Type.Underlying().Is(`float32`)) &&
			m.File().PkgPath.Matches(pure) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no float; $f gives one, and fused multiply-add differs between machines`)

	m.Match(`$x := $v`, `var $x = $v`).
		Where((m["v"].Type.Underlying().Is(`float64`) || m["v"].Type.Underlying().Is(`float32`)) &&
			m.File().PkgPath.Matches(pure) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no float; $x is one, count in integers of the smallest unit`)

	m.Match(`$x, $_ := $_`, `$_, $x := $_`).
		Where((m["x"].Type.Underlying().Is(`float64`) || m["x"].Type.Underlying().Is(`float32`)) &&
			m.File().PkgPath.Matches(pure) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no float; $x is one, count in integers of the smallest unit`)

	m.Match(`strconv.ParseFloat($*_)`, `strconv.FormatFloat($*_)`, `strconv.AppendFloat($*_)`).
		Where(m.File().PkgPath.Matches(pure) && !m.File().PkgPath.Matches(helper) && !m.File().Name.Matches(tests)).
		Report(`pure room: no float; parse and print the decimal digits as integers`)
}
