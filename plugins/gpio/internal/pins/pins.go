// Package pins is lines of a GPIO chip: the second version of the kernel's GPIO
// character device (linux/gpio.h), which Linux has since 5.10.
//
// It is used instead of periph's GPIO driver, whose reading turns outputs into inputs
// and whose first output drives low; its tests show each fault there and ours without.
// A request takes all lines of one chip that belong together: its outputs take their
// first level in the moment in which they become outputs, and never another one in between;
// its edges come in the order in which the kernel saw them, across lines. Levels are
// logical: a line that is active low is on when it is low.
//
// When a request ends, or the process dies, the kernel lets go of the lines. What level
// an output has then is up to the board: what must not move then needs a resistor.
package pins

import (
	"errors"
	"time"
)

// What can be wrong with lines. Errors of this package wrap one of these or the kernel's own, and
// say which line of which chip it is.
var (
	ErrNoChip = errors.New("no such GPIO chip")
	ErrNoLine = errors.New("no such line")
	ErrBusy   = errors.New("the line is in use")
	ErrGone   = errors.New("the GPIO chip was pulled out")
	ErrClosed = errors.New("the lines were let go")
)

// Bias is the resistor that a chip may have at an input.
type Bias int

// Biases. BiasAsIs leaves it as the board set it up.
const (
	BiasAsIs Bias = iota
	BiasNone
	PullUp
	PullDown
)

// Line is one line, and what it is wanted for.
type Line struct {
	// Name is the line's name, as gpioinfo shows it, or its number at the chip.
	Name string
	// ActiveLow says that the line is on when it is low.
	ActiveLow bool
	// Output makes it an output, that is On from its first moment.
	Output, On bool
	// Edges asks for events of an input.
	Edges bool
	// OffOnly leaves out the edges by which it goes on.
	OffOnly bool
	Bias    Bias
	// Debounce is how long an input must keep a level before it counts; 0 for at once.
	Debounce time.Duration
}

// Event is an edge of an input.
type Event struct {
	// Line is the number of the line among those of the request, and On what it is now.
	Line int
	On   bool
	// At is the kernel's time of it, CLOCK_MONOTONIC, and Time the same by the wall clock.
	At   time.Duration
	Time time.Time
	// Seq counts the request's edges from 1.
	Seq uint32
	// Lost is how many edges before this one nobody will see, because nobody read them in time.
	Lost int
}
