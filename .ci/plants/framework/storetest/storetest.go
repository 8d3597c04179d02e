// Package storetest stands in for the real one.
package storetest

import (
	"os" // want depguard "store-tests-start-nothing': the tests of a store drive the core"

	"github.com/openaisle/aisle/framework/supervisor" // want depguard "store-tests-start-nothing': the tests of a store drive the core"
)

// A Run starts what it tests.
type Run struct {
	Proc supervisor.Thing
	File *os.File
}
