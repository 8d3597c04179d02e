// Package wire converts between the vocabulary of the SDK and the messages of
// sdk/proto: evidence batches, faults, schemas, amounts and times.
//
// It holds what both ends of a plugin must agree on, and nothing that runs: no
// goroutine, stream or state beyond reused buffers. The plugin's end
// (sdk/internal/server), the class adapters and the host's end (sdk/host) call
// it. It promises that hostile input gives an error and never a panic, and that
// what it decodes has passed observe.Check.
package wire
