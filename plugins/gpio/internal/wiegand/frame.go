// Package wiegand reads badges off the two lines of a Wiegand reader (SIA
// AC-01-1996.10): a falling edge on D0 is a zero, one on D1 a one, and a pause ends the
// card.
//
// A Framer makes frames of edges and knows no line, no clock and no goroutine; a Reader
// is the device, on whatever gives edges. A card leaves as a token; no number
// does.
package wiegand

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/credential/badge"
)

// Edge is a line that went low.
type Edge struct {
	// One is line D1.
	One bool
	// Seq is the edge's number among those of both lines, as the kernel gave it
	// when it saw it. It wraps.
	Seq uint32
	// At is when, on a clock that only goes on.
	At time.Duration
}

// Timing is how edges are told apart. AC-01 has pulses of 20 to 100 µs, every 200 µs to
// 20 ms.
type Timing struct {
	// Pause is the silence that ends a card.
	Pause time.Duration
	// Glitch is how soon after an edge no other can be.
	Glitch time.Duration
}

// Frame is what came between two pauses.
type Frame struct {
	Card badge.Card
	// Bounces are edges left out for being too soon after one of their own line:
	// the same pulse, seen twice.
	Bounces int
	// Clash says that both lines fell together. Which was first nobody knows, so
	// the card is none.
	Clash bool
	// Lost is how many edges the kernel saw and could not keep.
	Lost int
	// Over says that there were more edges than any card has bits.
	Over bool
}

// maxEdges bounds what waits for its pause: the longest card, and a bounce for each bit.
const maxEdges = 2 * badge.MaxBits

// Framer makes frames of edges. With a Timing it is ready. It is not safe for concurrent
// use.
type Framer struct {
	Timing

	edges  []Edge // of the card that comes in, as they were read
	latest time.Duration
	over   bool
	next   uint32 // the number that the next edge should have
	known  bool   // next is one
}

// Add takes an edge as it is read; the kernel hands those of two lines over out of order
// when one processor is quicker than the other. It returns the frame that the edge's
// time shows to have ended before it.
func (f *Framer) Add(e Edge) (done Frame, ended bool) {
	if f.Open() && e.At-f.latest >= f.Pause {
		done, ended = f.Flush()
	}
	if !f.Open() {
		f.latest = e.At
	}
	f.latest = max(f.latest, e.At)
	if len(f.edges) == maxEdges {
		f.over = true
		return done, ended
	}
	f.edges = append(f.edges, e)
	return done, ended
}

// Open says whether edges wait for the rest of their card.
func (f *Framer) Open() bool { return len(f.edges) > 0 }

// Flush gives the frame of the edges so far, if there are any: for a pause's time no
// other has been read.
func (f *Framer) Flush() (Frame, bool) {
	if !f.Open() {
		return Frame{}, false
	}
	slices.SortStableFunc(f.edges, func(a, b Edge) int { return int(int32(a.Seq - b.Seq)) }) //nolint:gosec // numbers wrap
	frame := Frame{Over: f.over}
	for i, e := range f.edges {
		if f.known {
			// A kernel that numbers nothing (before 5.10) gives zeros.
			frame.Lost += max(0, int(int32(e.Seq-f.next))) //nolint:gosec // numbers wrap
		}
		f.next, f.known = e.Seq+1, e.Seq != 0
		if i > 0 && e.At-f.edges[i-1].At < f.Glitch {
			if e.One == f.edges[i-1].One {
				frame.Bounces++
				continue
			}
			frame.Clash = true
		}
		bit := 0
		if e.One {
			bit = 1
		}
		frame.Over = !frame.Card.Append(bit) || frame.Over
	}
	f.edges, f.over = f.edges[:0], false
	return frame, true
}
