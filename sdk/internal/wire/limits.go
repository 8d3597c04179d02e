package wire

import "time"

// What both ends of a plugin must agree on.
const (
	// Contract is the version of the contract, and go-plugin's protocol
	// version.
	Contract = 1
	// CookieKey and CookieValue tell a plugin that a host started it. They are
	// no secret and no protection.
	CookieKey   = "AISLE_PLUGIN"
	CookieValue = "f2a1c9d07b6e4c35a8e0"
	// PluginName is the name of the one plugin set in go-plugin's terms.
	PluginName = "aisle"
	// LifelineEnv names the environment variable that holds the number of an
	// inherited descriptor whose end of file means that the host is gone.
	LifelineEnv = "AISLE_LIFELINE"
)

// The limits of the wire.
const (
	// MaxMessage is the most bytes of one message either end receives where
	// nothing less is said.
	MaxMessage = 1 << 20
	// MaxStatement is the most bytes of an answer to Describe, Open, Close or
	// Health. Decoded, the smallest parts of a message take some 70 times their
	// bytes: the host's memory is bounded by this.
	MaxStatement = 128 << 10
	// MaxEvidence is the most bytes of one message of an evidence stream. It is
	// read where it lies; in tiny frames each byte takes about 40.
	MaxEvidence = 96 << 10
	// MaxHeaders bounds what a host takes as metadata of one answer: a fault with
	// its stack travels in it.
	MaxHeaders = 128 << 10
	// StreamWindow is the flow-control window of a stream. It is static, which
	// turns off the bandwidth estimator's pings. A smaller one costs a tenth of the
	// processor time at either end, for each quarter is granted anew with a message
	// of its own; a larger one only stores latency. What a plugin can make its host
	// hold in tiny frames is not bounded by it: gRPC puts together what waits, and
	// only those of the message that is being read are held one by one.
	StreamWindow = 256 << 10
	// ConnWindow is the window of the whole connection. It bounds no memory: gRPC
	// grants it anew as bytes come, whether or not they are read.
	ConnWindow = 4 * StreamWindow
	// MaxBatch is the most rows of one batch.
	MaxBatch = 256
	// MaxSources is the most devices one batch may speak of.
	MaxSources = MaxBatch
	// MaxFaultText and MaxStack bound the texts of a fault, in bytes.
	MaxFaultText = 4 << 10
	MaxStack     = 16 << 10
)

// The first and last instant that evidence may speak of: what every encoding
// downstream can write (RFC 3339 has years of four digits).
var (
	earliest = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC).UnixMicro()
	latest   = time.Date(9999, time.December, 30, 0, 0, 0, 0, time.UTC).UnixMicro()
)
