// Package link asks a scale over its line and gives the first whole answer.
//
// It knows no protocol. It promises that asking ends by its deadline, whatever
// comes: nothing, garbage, a byte a second, or no end.
package link

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openaisle/aisle/sdk/line"
)

// Link is one open wire. Ask may be called by one goroutine at a time.
type Link struct {
	line line.Line
	kept []byte
}

// New asks over a line.
func New(on line.Line) *Link { return &Link{line: on} }

// Name is the port or the address, for people.
func (l *Link) Name() string { return l.line.Name() }

// Close ends what is being asked, too.
func (l *Link) Close() error { return l.line.Close() }

var (
	// ErrSilent is of a wire on which nothing came in time.
	ErrSilent = errors.New("no answer came in time")
	// ErrGarbled is of one on which something came, and no whole answer.
	ErrGarbled = errors.New("no whole answer came in time")
)

// Ask sends a question and gives the first answer that frame finds and that
// accept takes. What came before the question is thrown away: it answers an
// earlier one that nobody waits for any more.
func (l *Link) Ask(question []byte, frame func([]byte) int, accept func(answer []byte) bool, most int, within time.Duration) error {
	silent := ErrSilent
	if l.drain() > 0 {
		silent = ErrGarbled
	}
	end := time.Now().Add(within)
	if _, err := l.line.Write(question); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	var chunk [256]byte
	for {
		for n := frame(l.kept); n > 0; n = frame(l.kept) {
			answer := l.kept[:n]
			l.kept = l.kept[n:]
			if accept(answer) {
				return nil
			}
		}
		if len(l.kept) > most {
			l.kept = l.kept[:0]
			return fmt.Errorf("%d characters without an end: %w", most, ErrGarbled)
		}
		left := time.Until(end)
		if left <= 0 {
			return silent
		}
		n, err := l.line.ReadWithin(chunk[:], left)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if n > 0 {
			silent = ErrGarbled
		}
		l.kept = append(l.kept, chunk[:n]...)
	}
}

// maxDrained bounds what is thrown away before a question: a wire that never
// stops talking is no reason never to ask.
const maxDrained = 64 << 10

// drain throws away what has come, and says how much it was. What is wrong with the wire is found by who
// asks.
func (l *Link) drain() (total int) {
	l.kept = l.kept[:0]
	var chunk [1024]byte
	for total < maxDrained {
		n, err := l.line.ReadWithin(chunk[:], time.Millisecond)
		total += n
		if n == 0 || err != nil {
			break
		}
	}
	return total
}
