package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
)

// forks leave processes behind, or try to. Those in sessions of their own are
// found by their namespace or cgroup alone.
var forks = []Animal{
	{Name: "child holds the pipes"},
	{Name: "child holds the pipes, parent gone", Refused: supervisor.ReasonExited, Says: []string{"exit status 6"}},
	{Name: "child in a session of its own", Needs: Isolation},
	{Name: "child in a group of its own", Needs: Isolation},
	{Name: "child stopped in a session", Needs: Isolation},
	{Name: "daemon at start", Refused: supervisor.ReasonExited, Needs: Isolation},
	{Name: "daemon that holds the pipes", Needs: Isolation},
	{Name: "daemon made when asked to end", Needs: Isolation},
	{Name: "tree of children", Needs: Isolation},
	{Name: "child that crashes with parent", State: event.StateFailed, Says: []string{"exit status 5"}, Needs: Isolation},
	{Name: "children without end", Needs: Isolation},
	{Name: "zombies"},
}
