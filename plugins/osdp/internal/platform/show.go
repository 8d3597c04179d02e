package platform

import (
	"context"
	"strings"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
)

// How long an answer is shown: as long as somebody looks at it, and a prompt as
// long as an enrolment waits.
const (
	showSeconds   = 4
	promptSeconds = 60
)

// signal is how an answer looks and sounds: a colour, and how often it beeps.
type signal struct {
	colour  osdp.Colour
	beeps   byte
	seconds byte
}

var signals = map[credential.Verdict]signal{
	credential.VerdictGranted: {osdp.Green, 1, showSeconds},
	credential.VerdictDenied:  {osdp.Red, 3, showSeconds},
	credential.VerdictPrompt:  {osdp.Amber, 1, promptSeconds},
}

// Show shows an answer (credential.Shower).
func (p *palm) Show(ctx context.Context, r credential.Reply) error {
	return p.show(ctx, byte(p.config.Reader), r)
}

// Show shows an answer (credential.Shower).
func (b *badgeReader) Show(ctx context.Context, r credential.Reply) error {
	return b.show(ctx, byte(b.config.Reader), r)
}

// Show shows an answer (credential.Shower).
func (k *keypad) Show(ctx context.Context, r credential.Reply) error {
	return k.show(ctx, byte(k.config.Reader), r)
}

// show has a reader show an answer, by what its peripheral says that it has: an
// LED, a buzzer, a line of text. A light goes first, for it is seen from afar.
func (d device) show(ctx context.Context, reader byte, r credential.Reply) error {
	s, can := signals[r.Verdict], d.Can()
	if c := d.Condition(); can == nil {
		return fault.Errorf(fault.Unavailable, "%s", c.Cause)
	}
	if can[osdp.FuncLED].Level == 0 && can[osdp.FuncBuzzer].Level == 0 && can[osdp.FuncText].Level == 0 {
		return fault.New(fault.Unsupported, "the peripheral has no LED, no buzzer and no text")
	}
	for _, do := range []struct {
		by   osdp.Function
		code byte
		data []byte
	}{
		{osdp.FuncLED, osdp.LED, osdp.LightFor(reader, s.colour, 10*uint16(s.seconds))},
		{osdp.FuncBuzzer, osdp.Buzzer, osdp.Beep(reader, 1, s.beeps)},
		{osdp.FuncText, osdp.Text, osdp.ShowFor(reader, s.seconds, fit(r.Text))},
	} {
		if can[do.by].Level == 0 || do.by == osdp.FuncText && r.Text == "" {
			continue
		}
		if err := d.Do(ctx, do.code, do.data); err != nil {
			return err
		}
	}
	return nil
}

// fit shortens a text to what a peripheral shows: whole sentences if there is one
// that fits, and else whole words.
func fit(text string) string {
	if len(text) <= osdp.MaxText {
		return text
	}
	head := text[:osdp.MaxText+1]
	if i := strings.LastIndex(head, ". "); i > 0 {
		return head[:i+1]
	}
	if i := strings.LastIndexByte(head, ' '); i > 0 {
		return head[:i]
	}
	return text[:osdp.MaxText]
}
