// Command simulated stands in for a plugin.
package main

import (
	"fmt"
	"os"

	"github.com/openaisle/aisle/framework/journal"      // want depguard "plugins-import-sdk-only': plugins and examples import only sdk"
	"github.com/openaisle/aisle/plugins/scale/scalesim" // want depguard "simulators-stand-alone': a plugin knows no other plugin"
	"github.com/openaisle/aisle/plugins/simulated/world"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil" // want depguard "machines-are-for-tests': tools/hil boots machines for tests"
)

func main() {
	fmt.Println(observe.KindTag, world.Thing{}, journal.Thing{}, hil.VM{}, scalesim.Thing{}) // want forbidigo "library: stdout belongs to"
	os.Exit(1)
}
