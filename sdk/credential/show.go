package credential

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openaisle/aisle/sdk/fault"
)

// Verdict is what became of a presentation.
type Verdict uint8

// The verdicts. Their numbers are those of the wire and never change.
const (
	// VerdictGranted: come in.
	VerdictGranted Verdict = iota + 1
	// VerdictDenied: not now, or not with this.
	VerdictDenied
	// VerdictPrompt asks somebody to present an instrument.
	VerdictPrompt
)

// String gives the verdict's word.
func (v Verdict) String() string {
	if v < VerdictGranted || v > VerdictPrompt {
		return "unspecified"
	}
	return [...]string{"granted", "denied", "prompt"}[v-VerdictGranted]
}

// MaxShown is how many bytes the text of a reply has at the most.
const MaxShown = 120

// Reply is what a reader shows to whoever stands before it.
type Reply struct {
	Verdict Verdict
	// Text is one plain sentence, of at most MaxShown bytes; empty for none.
	Text string
}

// Shower is the optional ability of a reader that has lights, a buzzer or a
// screen (AbilityShow).
type Shower interface {
	// Show tells whoever presented an instrument what became of it, as the device
	// can, and returns without waiting for the light to go out: a later Show takes
	// its place. Nothing rests on it: the host asks once, after the gate, and an
	// error is nobody's trouble at the gate.
	Show(ctx context.Context, r Reply) error
}

// Check keeps replies that mean nothing from every vendor's reader.
func (r Reply) Check() error {
	switch {
	case r.Verdict < VerdictGranted || r.Verdict > VerdictPrompt:
		return fault.New(fault.Invalid, "a reply is granted, denied or a prompt")
	case len(r.Text) > MaxShown:
		return fault.Errorf(fault.Invalid, "the text has %d bytes, the limit is %d", len(r.Text), MaxShown)
	case !utf8.ValidString(r.Text) || strings.ContainsFunc(r.Text, unicode.IsControl):
		return fault.New(fault.Invalid, "the text is one line")
	}
	return nil
}
