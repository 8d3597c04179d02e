package platform

import (
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
)

// asker is a scale on a wire: each reading is a question and its answer.
type asker struct {
	link   *link.Link
	speaks dialect.Dialect
	answer time.Duration
}

func (a *asker) Name() string { return a.link.Name() }
func (a *asker) Close() error { return a.link.Close() }

// Read asks for the weight.
func (a *asker) Read() (r dialect.Reading, err error) {
	silent := a.ask(a.speaks.Ask(), a.answer, func(answer []byte) { r, err = a.speaks.Read(answer) })
	if silent != nil {
		return r, silent
	}
	return r, err
}

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
