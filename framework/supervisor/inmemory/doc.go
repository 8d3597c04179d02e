// Package inmemory runs plugins inside the host's own process, on a machine that
// is made up: the real server of the SDK, and real gRPC over connections that
// are nothing but memory and channels.
//
// A Machine is a supervisor.Remote, so that supervisor, devices and dispatch run
// on it as they are. Its processes can be crashed and made to hang; its
// connections can be cut, slowed, delayed, made to stand in one direction or in
// both, and to give a message twice. Nothing here touches a socket, a file or a
// process, so all of it is durably blocked where testing/synctest asks whether
// it is, and runs on virtual time there.
//
// It draws nothing and decides nothing: whoever simulates says when what goes
// wrong (package simulate/wired). It is for tests.
//
// It promises that no goroutine is left after Close.
package inmemory
