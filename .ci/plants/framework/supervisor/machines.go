package supervisor

import "github.com/openaisle/aisle/framework/supervisor/inmemory" // want depguard "made-up-machines': plugins in memory and simulated hosts are for tests"

// A Machine is made up.
type Machine struct{ inmemory.Thing }
