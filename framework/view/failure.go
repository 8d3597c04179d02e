package view

import (
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// describeFailure says what is down and what follows from it.
func (m *Model) describeFailure(f event.Fact) (Line, bool) {
	switch f := f.(type) {
	case event.HostAway:
		return Line{At: f.From, Tone: ToneBad, Text: fmt.Sprintf("No host ran for %s: what devices saw meanwhile is not known",
			f.Until.Sub(f.From).Round(100*time.Millisecond))}, true
	case event.Outage:
		return Line{At: f.At, Tone: ToneDoubt, Text: outageWords(f)}, true
	default: // describe lists every fact
	}
	return Line{}, false
}

// ClosedWords says in a sentence where nobody is let in, and why.
func ClosedWords(c event.Closure) string {
	if c.Gate != "" {
		return "Nobody is let in at " + c.Gate + ": " + c.Reason
	}
	return "Nobody is let in: " + c.Reason
}

// outageWords says between what nobody knows what a device saw. How many
// reports are missing is not known either, and is not said to be none.
func outageWords(f event.Outage) string {
	from := fmt.Sprintf("report %d", f.From.Seq)
	if f.From.Seq == 0 {
		from = "the start"
	}
	to := fmt.Sprintf("report %d", f.To.Seq)
	if f.To.Seq == 0 {
		to = "the start"
	}
	text := fmt.Sprintf("What %s saw between %s of opening %d and %s of opening %d is not known, nor how many reports are lost: %s",
		f.Device, from, f.From.Epoch, to, f.To.Epoch, f.Cause)
	for _, l := range f.Levels {
		switch {
		case l.After == nil:
			text += fmt.Sprintf("; %s held %s and has not said what it holds now", l.Bay, l.Before)
		case *l.After != l.Before:
			text += fmt.Sprintf("; %s went from %s to %s", l.Bay, l.Before, *l.After)
		}
	}
	return text
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}
