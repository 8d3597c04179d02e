package zoo

import "github.com/openaisle/aisle/framework/event"

// eaters take more than their share.
var eaters = []Animal{
	{Name: "eats memory", State: event.StateFailed, Needs: MemoryLimit},
	{Name: "eats descriptors", Needs: Isolation},
	{Name: "eats processes", Needs: ProcessLimit},
	{Name: "eats threads", Needs: ProcessLimit},
	{Name: "eats the disk", Needs: DiskLimit},
	{Name: "eats shared memory", Needs: DiskLimit},
	{Name: "eats processor time"},
	{Name: "files in its directory"},
}
