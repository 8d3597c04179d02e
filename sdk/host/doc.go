// Package host is the host's end of a plugin: one Plugin over a gRPC
// connection that somebody else made.
//
// The supervisor starts processes with go-plugin, using Handshake, PluginSet
// and DialOptions from here, and conformance suites do the same; an agent or a
// test brings any other connection to New. What is not here: starting, watching
// and restarting processes, and what evidence means.
//
// It promises that evidence comes in order and once for each opening of a
// device; that what is missing comes as a gap; that evidence of a device that
// was not opened through it is refused; and that every error has a fault code
// that is safe to act on: an answer that was lost is unknown, and only a call
// that certainly never left is unavailable.
package host
