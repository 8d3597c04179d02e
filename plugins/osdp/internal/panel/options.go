package panel

import (
	"context"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/line"
)

// Where is a line: what is the same is the same line.
type Where struct {
	// Port and Baud are of a serial one, Addr of one behind a serial server.
	Port string
	Baud int
	Addr string
}

// String is the port or the address, for people.
func (w Where) String() string {
	if w.Port != "" {
		return w.Port
	}
	return w.Addr
}

// open opens the line.
func (w Where) open(ctx context.Context) (line.Line, error) {
	if w.Port != "" {
		return line.Serial(w.Port, w.Baud, "8N1")
	}
	return line.Dial(ctx, w.Addr, dialWithin)
}

// Options are of one peripheral.
type Options struct {
	// Address is its own on the line, 0 to 126.
	Address byte
	// Key is its secure channel base key; nil for a peripheral that is spoken to in
	// the clear, which whoever holds the line can read and forge.
	Key *osdp.Key
	// Install gives it that key, over a channel with the key that everybody knows, if
	// it has not got it.
	Install bool
	// Checksum ends frames with the one-byte checksum, for old peripherals.
	Checksum bool
}

// Times of a line. The standard has a peripheral answer within 200 ms, and asks
// for a poll every 200 ms or sooner (clause 5.7).
const (
	pollEvery    = 40 * time.Millisecond
	answerWithin = 200 * time.Millisecond
	dialWithin   = 3 * time.Second
	// minAsked is how long a command is without its data and security, in bytes.
	minAsked = 16
	// tries is how often a command is sent before its peripheral is offline.
	tries = 3
	// busyTries is how often a busy peripheral is asked again.
	busyTries = 25
	// retryEvery is how long a peripheral whose session ended is left alone, silentEvery
	// one that does not answer, so that it costs the others little; reopenEvery is that of a
	// line.
	retryEvery  = time.Second
	silentEvery = 2 * time.Second
	reopenEvery = time.Second
	// manyStrays is how many answers to no question, each within strayFor of the
	// last, look like two peripherals with one address.
	manyStrays = 5
	strayFor   = time.Second
	// maxEvents is how many events wait for a device.
	maxEvents = 256
)
