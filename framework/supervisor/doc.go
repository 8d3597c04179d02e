// Package supervisor owns plugin processes: it starts them, watches them,
// restarts what crashed and gives up on what crashes too often. In an open store
// it replaces one version of a plugin by another that it has started and checked
// beside it, and goes back by itself where the new one is no good (Upgrade).
//
// It speaks go-plugin's handshake and gRPC with mutual TLS, and leaves to
// go-plugin nothing that could block: the process, its pipes, its death and
// every deadline are here, for go-plugin v1.8.0 waits for ever on a plugin that
// is stopped, silent or lying. A plugin is taken for hostile: what it prints is
// bounded, counted and escaped, the one line that it may say before gRPC is
// checked field by field, and it gets none of the host's environment.
//
// It knows no store, no device and no evidence. Package devices is its caller,
// and package store, which only describes plugins before it starts any.
//
// It promises that Stop returns within Limits.Stop whatever the plugin does,
// that no plugin outlives its host, and that nothing is left of a plugin that
// has ended: no process of its group, no socket, no directory, no goroutine.
package supervisor
