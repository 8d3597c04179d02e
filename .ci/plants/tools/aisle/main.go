// Command aisle stands in for the command.
package main

import (
	"fmt"
	"os"

	"github.com/openaisle/aisle/examples"
	"github.com/openaisle/aisle/examples/corner/thing" // want depguard "tools-load-no-plugin': tools do not import plugins"
	"github.com/openaisle/aisle/framework/httpapi"     // want depguard "composition-root': only framework/store knows"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/plugins/simulated/world" // want depguard "tools-load-no-plugin': tools do not import plugins"
)

func main() {
	fmt.Println(store.Store{}, httpapi.Server{}, world.Thing{}, examples.Files, thing.Thing{})
	os.Exit(1)
}
