package agent

import "time"

// The times of a line between a host and an agent.
const (
	// BeatEvery is how often the host gives a sign of life, and has one back.
	BeatEvery = 500 * time.Millisecond
	// DeadAfter is how long either end goes without one before it takes the
	// line for cut: this finds half-open connections, too.
	DeadAfter = 3 * time.Second
	// DialWithin bounds one attempt to connect: name, TCP and TLS.
	DialWithin = 2500 * time.Millisecond
	// LeaseWithin is how long an agent has to grant the lease: it may have to
	// stop an older host's plugins first.
	LeaseWithin = 6 * time.Second
	// RetryMost is the longest pause between attempts; RetryFirst doubles up to
	// it. With DialWithin it keeps the line's return within 5 s of the
	// network's.
	RetryFirst = 100 * time.Millisecond
	RetryMost  = time.Second
	// retrySpread is the share of a pause by which it is moved at random, so
	// that an agent's return is not a storm.
	retrySpread = 0.3
	// KeepaliveEvery and KeepaliveWithin are gRPC's own, which find what holds
	// a connection beside the beats.
	KeepaliveEvery  = 10 * time.Second
	KeepaliveWithin = 4 * time.Second
	// StopWithin is how long the agent's own end takes at most.
	StopWithin = 5 * time.Second
)

// The bounds of what one end takes from the other.
const (
	// MaxInstances is how many processes an agent runs for its host, and those
	// that ended and are not forgotten.
	MaxInstances = 64
	// MaxConns is how many connections an agent has at once.
	MaxConns = 64
	// maxStreams is how many streams one connection has at once: 64 for each of
	// sixteen plugins, as each has of its own.
	maxStreams = 64 * 16
	// maxControl is the most bytes of a message of the agent's own service.
	maxControl = 256 << 10
	// maxSurplus is how many messages a second on the lease's stream one end
	// takes over those that were asked for; more ends the line.
	maxSurplus = 100
	// maxText and maxLines bound words of the other end.
	maxText  = 1 << 10
	maxLines = 20
)

// Metadata of forwarded calls.
const (
	// keyInstance names the instance that a call is for.
	keyInstance = "aisle-instance"
	// keyPlugin names a plugin instead, for Describe.
	keyPlugin = "aisle-plugin"
	// keyBy is when the call's time is over, in microseconds of the agent's
	// clock.
	keyBy = "aisle-by"
)

const (
	methodDescribe = "/aisle.plugin.v1.Plugin/Describe"
	methodObserve  = "/aisle.plugin.v1.Plugin/Observe"
	methodCommand  = "/aisle.plugin.v1.Plugin/Command"
	// methodRelay is Command to an agent, which refuses each that comes too late
	// (host.Relay). An agent that is older answers that it is not implemented, and
	// gets calls.
	methodRelay = "/aisle.agent.v1.Agent/Command"
)
