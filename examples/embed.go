// Package examples holds the example stores as files, so that a command can make
// a copy of one wherever it runs. It holds no code of theirs: the programs that
// stores name as sources are not in it. `aisle init` calls it.
package examples

import "embed"

// Files are the folders of the examples, as they are in the source tree.
//
//go:embed all:canteen all:corner all:corner-wire all:fleet-140 all:prices all:recorded-shelf all:stadium
var Files embed.FS
