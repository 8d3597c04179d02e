// Package relay is the way out of a plugin's network namespace: for each
// "host:port" that was granted there is a listener inside, and whatever connects
// to it is carried to the real address by the host.
//
// It makes no namespace and no listener, and decides no grant: package sandbox
// does, and hands the listeners over. It carries TCP and looks at no byte of it.
//
// It promises that nothing but the granted addresses is ever dialled, names
// looked up anew at each connection; that a failure is a reset and never an open
// end (it fails closed); that connections, dials a second and memory are bounded
// whatever the plugin does; and that Serve leaves no connection and no goroutine.
package relay
