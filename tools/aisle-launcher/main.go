// Command aisle-launcher starts one plugin in a sandbox. The host runs it, one
// for each plugin process, in new namespaces and with an order on descriptor 4;
// people don't.
//
// It is built without cgo and does nothing of its own: see package inside.
package main

import (
	"fmt"
	"os"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/inside"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "aisle-launcher is started by the Aisle host, with an order on descriptor 4, to run a plugin in a sandbox.")
		os.Exit(2)
	}
	os.Exit(inside.Main())
}
