// Package control is how operators reach a store that is running: a Unix
// socket in its data folder, and what is asked and answered there.
//
// The socket serves the whole API of package httpapi and what only the owner
// of the data folder may do:
//
//	GET  /api/v1/host                     devices, plugins and engine with their counters
//	GET  /api/v1/drift                    in what the store's files differ from what runs
//	GET  /api/v1/journal?from=N&follow=1  records as they are in the journal, one a line
//	POST /api/v1/plugins/{name}/upgrade   {"actor","reason"}: swap the plugin for what its source now is
//	POST /api/v1/plugins/{name}/release   {"actor","reason"}: start a plugin again that was given up
//	POST /api/v1/apply                    {"actor","reason"}: take over the versions that the store's files now name
//
// Orders answer with progress, one JSON object a line, the last of which has
// the result or the error. Each may be repeated: one that finds nothing to do
// changes nothing and says so. None takes a path: what is built and run is what
// the store's own folder names.
//
// It decides nothing: a [Host] does. It promises that nobody but the user who
// runs the store (and root) is answered, that the socket of a host that was
// killed is in nobody's way, and that "no store runs there" is an error of its
// own, [NotRunningError].
//
// Package framework/store serves it, the aisle command calls it.
package control
