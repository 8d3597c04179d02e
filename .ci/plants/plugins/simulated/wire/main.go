// Command wire stands in for the hardware of the simulated store.
package main

import (
	"log"

	"github.com/openaisle/aisle/plugins/scale/scalesim"
)

func main() {
	log.Print(scalesim.Thing{})
}
