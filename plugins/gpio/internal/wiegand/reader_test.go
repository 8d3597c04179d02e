package wiegand

import (
	"encoding/json"
	"errors"
	"image"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/image/font/inconsolata"

	"github.com/openaisle/aisle/plugins/gpio/internal/display"
	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/credential/credentialtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wires are two lines that tests pull. They outlive an opening.
type wires struct {
	mu    sync.Mutex
	seq   uint32
	at    time.Duration
	cards chan []Edge
	gone  chan error
	oled  oled
}

func newWires() *wires {
	return &wires{cards: make(chan []Edge, 1000), gone: make(chan error, 1), oled: oled{ssd1306sim.New(0x3C, 64)}}
}

// oled is a display on a bus of its own.
type oled struct{ *ssd1306sim.Model }

func (oled) Close() error { return nil }

func (w *wires) bus(string) (i2cdev.Bus, error) { return w.oled, nil }

// present sends bits, as a card that is held to the reader does, after a second's pause
// on the wires. All are there at once, however busy the machine is.
func (w *wires) present(bits string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at += time.Second
	edges := sent(bits, w.seq+1, w.at, time.Millisecond)
	w.seq, w.at = edges[len(edges)-1].Seq, edges[len(edges)-1].At
	w.cards <- edges
}

// opening is the wires as they are opened once.
type opening struct {
	*wires
	closed chan struct{}
	rest   []Edge // of a card
}

func (w *opening) Edge(within time.Duration) (Edge, bool, error) {
	if len(w.rest) > 0 {
		e := w.rest[0]
		w.rest = w.rest[1:]
		return e, true, nil
	}
	select {
	case edges := <-w.cards:
		w.rest = edges[1:]
		return edges[0], true, nil
	case err := <-w.gone:
		return Edge{}, false, err
	case <-w.closed:
		return Edge{}, false, errors.New("closed")
	case <-time.After(within):
		return Edge{}, false, nil
	}
}

func (w *opening) Close() error {
	close(w.closed)
	return nil
}

func (w *wires) plugin() sdk.Plugin {
	return sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{
		credential.Driver("wiegand", display.On(Driver(func(Config) (Source, error) { return &opening{wires: w, closed: make(chan struct{})}, nil }), w.bus)),
	}}
}

func subject(w *wires, change map[string]any) classtest.Subject {
	c := map[string]any{"chip": "/dev/gpiochip0", "d0": 4, "d1": 5, "token_key": "a store's own key", "format": "wiegand26", "again": 0, "pause": 5 * time.Millisecond}
	for k, v := range change {
		c[k] = v
	}
	b, _ := json.Marshal(c)
	return classtest.Subject{Driver: "wiegand", Config: string(b), Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, w.plugin()) }}
}

// written are the bits of a card of 26 bits.
func written(facility, number uint64) string {
	f, _ := badge.FormatOf("wiegand26")
	c, _ := f.Write(badge.Numbers{Facility: facility, Card: number})
	return bits(c)
}

func TestConforms(t *testing.T) {
	t.Parallel()
	w := newWires()
	credentialtest.Run(t, credentialtest.Harness{
		Subject: subject(w, nil), Method: observe.MethodBadge,
		Present: func(_ testing.TB, n, _ int) { w.present(written(105, 3000+uint64(n))) },
		Secrets: []string{"3000", "3001", "a store's own key"},
	})
}

// The same reader with a display.
func TestWithDisplayConforms(t *testing.T) {
	t.Parallel()
	w := newWires()
	credentialtest.Run(t, credentialtest.Harness{
		Subject: subject(w, map[string]any{"display": map[string]any{"bus": "/dev/i2c-1"}}), Method: observe.MethodBadge,
		Present: func(_ testing.TB, n, _ int) { w.present(written(105, 3000+uint64(n))) },
		Secrets: []string{"3000", "3001", "a store's own key"},
	})
}

// What became of a presentation stands on the display when Show returns, and what is wrong with
// a card besides it.
func TestShowsOnDisplay(t *testing.T) {
	t.Parallel()
	w := newWires()
	r := subject(w, map[string]any{"facility": 105, "display": map[string]any{"bus": "/dev/i2c-1", "brightness": 1}}).Open(t)
	for _, c := range []struct {
		reply credential.Reply
		want  []string
	}{
		{credential.Reply{Verdict: credential.VerdictGranted, Text: "Come in."}, []string{"Welcome", "Come in."}},
		{credential.Reply{Verdict: credential.VerdictDenied, Text: "This gate is down."}, []string{"This gate is", "down."}},
		{credential.Reply{Verdict: credential.VerdictPrompt}, []string{"Please present", "your card."}},
	} {
		if err := r.Plugin.Credential(r.Handle, r.Epoch).Show(t.Context(), c.reply); err != nil {
			t.Fatal(err)
		}
		all := w.oled.Pictures()
		if got := ssd1306sim.Read(all[len(all)-1], inconsolata.Regular8x16, image.Pt(8, 16), 13); !slices.Equal(got, c.want) {
			t.Errorf("it shows %q, want %q", got, c.want)
		}
	}
	w.present(written(104, 1))
	r.Becomes(sdk.StateDegraded, "another facility")
	w.present(written(105, 1))
	r.Becomes(sdk.StateReady, "")
}

// Refused frames are told, and not reported; the next card is, and all is well again.
func TestTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWires()
	r := subject(w, map[string]any{"facility": 105}).Open(t)
	good := written(105, 1)
	for _, c := range []struct{ bits, says string }{
		{good[1:], "25"}, {"1" + good[1:], "parity"}, {written(104, 1), "another facility"}, {"101", "stray"},
	} {
		w.present(c.bits)
		r.Becomes(sdk.StateDegraded, c.says)
	}
	w.present(good)
	if c := r.Next().Evidence.(observe.Credential); c.Method != observe.MethodBadge {
		t.Errorf("%+v", c)
	}
	r.Becomes(sdk.StateReady, "")
}

// A badge that is held to the reader is one presentation, and has the token that an OSDP
// reader of the same store gives it.
func TestHeld(t *testing.T) {
	t.Parallel()
	w := newWires()
	r := subject(w, map[string]any{"again": 10 * time.Second}).Open(t)
	for range 3 {
		w.present(written(68, 41551))
	}
	w.present(written(68, 41552))
	tokens, _ := badge.NewTokens("badge_", "a store's own key")
	for i, want := range []string{"26:225127c0", "26:22512800"} {
		if c := r.Next().Evidence.(observe.Credential); c.Token != tokens.Of(want) {
			t.Errorf("report %d: %+v, want the token of %s", i, c, want)
		}
	}
}

// Lines that go away lose the device, with what was done; opened again, it reads.
func TestGone(t *testing.T) {
	t.Parallel()
	w := newWires()
	r := subject(w, nil).Open(t)
	w.present(written(105, 1)[:10]) // cut off in the middle of a card
	w.gone <- errors.New("no such device")
	if l := r.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable || !strings.Contains(l.Err.Error(), "lines 4 and 5 of /dev/gpiochip0") {
		t.Errorf("%v", l.Err)
	}
	r.Reopen()
	w.present(written(105, 1))
	r.Next()
}

// What is wrong in a config block is told at its attribute.
func TestConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change     map[string]any
		path, says string
	}{
		"one line twice": {map[string]any{"d1": 4}, "d1", "different wires"},
		"short key":      {map[string]any{"token_key": "short"}, "token_key", "16 or more"},
		"no facility":    {map[string]any{"format": "wiegand37_card", "facility": 3}, "facility", "have no facility"},
	} {
		s := subject(newWires(), c.change)
		_, err := newWires().plugin().Drivers[0].Open(t.Context(), sdk.Env{}, []byte(s.Config))
		if fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v at %q", name, err, fault.PathOf(err))
		}
	}
}
