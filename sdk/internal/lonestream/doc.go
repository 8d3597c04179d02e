// Package lonestream is one gRPC stream on a connection of its own (HTTP/2, RFC
// 9113; gRPC over HTTP2, PROTOCOL-HTTP2.md), for a host's commands.
//
// A gRPC connection is shared by many streams: what is sent passes a goroutine
// that writes, and what comes one that reads and one that waits for it. Each
// hand-over costs a lone caller the waking of a thread. With one stream there is
// nothing to share: who sends writes to the socket, and who waits for an answer
// reads from it. To the other end it is an ordinary gRPC client.
//
// It is no HTTP/2 client: it makes one stream, takes no trailers beside a
// status, and compresses nothing.
//
// Package sdk/host uses it. It promises that Send never waits for the other end,
// that what the other end can make it hold is bounded, and that it starts no
// goroutine but one that writes what the socket did not take at once, which ends
// with Close.
package lonestream
