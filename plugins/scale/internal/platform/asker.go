package platform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
	"github.com/openaisle/aisle/sdk/fault"
)

// asker is a scale on a wire: each reading is a question and its answer.
type asker struct {
	link   *link.Link
	speaks dialect.Dialect
	answer time.Duration
	spoke  bool // it said something of the protocol since it was opened
}

func (a *asker) Name() string { return a.link.Name() }
func (a *asker) Close() error { return a.link.Close() }

// Read asks for the weight.
func (a *asker) Read() (dialect.Reading, error) { return a.read(a.answer) }

func (a *asker) read(within time.Duration) (r dialect.Reading, err error) {
	if silent := a.ask(a.speaks.Ask(), within, func(answer []byte) { r, err = a.speaks.Read(answer) }); silent != nil {
		return r, a.hint(silent)
	}
	a.spoke = a.spoke || !errors.Is(err, dialect.ErrMalformed)
	return r, a.hint(err)
}

// first waits until the scale says something of its protocol, as long as opening it may take: a
// port can be opened that nothing is on, or something else.
func (a *asker) first(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = a.link.Close() })()
	for bad, end := 1, time.Now().Add(openWithin); ; bad++ {
		_, err := a.read(min(a.answer, time.Until(end)))
		if err == nil || errors.Is(err, dialect.ErrRefused) {
			return nil
		}
		if !passing(err) || bad >= lostAfter || !time.Now().Before(end) {
			return fault.Wrap(fault.Unavailable, "read the scale at "+a.Name(), err)
		}
	}
}

// openWithin is how long a scale that is opened has for its first word. A host waits ten seconds.
const openWithin = 7 * time.Second

// hint says what to look at where a scale isn't understood.
func (a *asker) hint(err error) error {
	garbled := errors.Is(err, link.ErrGarbled) || errors.Is(err, dialect.ErrMalformed)
	switch {
	case a.spoke && garbled:
		return fmt.Errorf("%w; is it set to this protocol, baud rate and frame?", err)
	case garbled: // whatever the noise is: the next will be other noise
		return &trouble{"bytes arrive, but no frame of " + a.speaks.Name() + " is among them: is the speed right (baud and frame), and the protocol?", err}
	case a.spoke && errors.Is(err, link.ErrSilent):
		return fmt.Errorf("%w; is it on, and set to this protocol, baud rate and frame?", err)
	case errors.Is(err, link.ErrSilent):
		return &trouble{"nothing answers: is it on, and set to this protocol, baud rate and frame?", err}
	}
	return err
}

// trouble is an error in other words.
type trouble struct {
	says string
	err  error
}

func (t *trouble) Error() string { return t.says }
func (t *trouble) Unwrap() error { return t.err }

// tare makes the load the zero: what the scale said against it, or that it said
// nothing.
func (a *asker) tare(t dialect.Tarer) (refused, silent error) {
	silent = a.ask(t.Tare(), max(a.answer, tareWithin), func(answer []byte) { refused = t.Tared(answer) })
	return refused, silent
}

func (a *asker) ask(question []byte, within time.Duration, read func(answer []byte)) error {
	return a.link.Ask(question, a.speaks.Frame, func(answer []byte) bool {
		read(answer)
		return true
	}, dialect.MaxAnswer, within)
}

// tareWithin is how long a scale waits for its load to rest before it gives up:
// MT-SICS scales do after 10 s at the latest, by their factory setting.
const tareWithin = 12 * time.Second
