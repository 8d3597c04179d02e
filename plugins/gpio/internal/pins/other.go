//go:build !linux

package pins

import (
	"errors"
	"time"
)

// Request is lines of one chip; only Linux has them.
type Request struct{}

var errSystem = errors.New("GPIO lines need Linux")

// Open takes lines of a chip.
func Open(string, ...Line) (*Request, error) { return nil, errSystem }

// Get tells whether a line is on.
func (*Request) Get(int) (bool, error) { return false, errSystem }

// Set sets an output.
func (*Request) Set(int, bool) error { return errSystem }

// Event gives the next edge.
func (*Request) Event(time.Duration) (Event, bool, error) { return Event{}, false, errSystem }

// Close lets the lines go.
func (*Request) Close() error { return nil }
