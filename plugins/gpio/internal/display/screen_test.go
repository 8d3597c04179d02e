package display

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/display/ssd1306sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// bus is an adapter that can be pulled out, and counts who has it open.
type bus struct {
	*ssd1306sim.Model
	mu   sync.Mutex
	out  bool
	open int
}

// errOut is what opening a bus says that is not there.
var errOut = errors.New("no such file or directory")

func (b *bus) Open(string) (i2cdev.Bus, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out {
		return nil, errOut
	}
	b.open++
	return b, nil
}

func (b *bus) Close() error {
	time.Sleep(time.Millisecond) // whoever does not wait for it ends before it
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	return nil
}

func (b *bus) pull(out bool) {
	b.mu.Lock()
	b.out = out
	b.mu.Unlock()
	b.Absent(out)
}

func (b *bus) holders() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.open
}

// cards is a reader that reports what tests put before it, and says what they tell it to.
type cards struct {
	put chan string
	how sdk.Condition
}

func (c *cards) Run(ctx context.Context, report func(observe.Credential)) error {
	for {
		select {
		case token := <-c.put:
			report(observe.Credential{Token: token})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *cards) Condition() sdk.Condition { return c.how }
func (c *cards) Identity() sdk.Identity   { return sdk.Identity{Model: "cards"} }
func (c *cards) Close() error             { close(c.put); return nil }

// rig is a reader with a display that runs, in a bubble of time.
type rig struct {
	*reader
	t     *testing.T
	bus   *bus
	cards *cards
	read  []string
	stop  func()
}

// bubble runs a test with a reader whose display is on a bus.
func bubble(t *testing.T, b *bus, test func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, bus: b, cards: &cards{make(chan string), sdk.Condition{State: sdk.StateReady}}}
		open := On(func(context.Context, sdk.Env, Optional) (credential.Reader, error) { return r.cards, nil }, b.Open)
		made, err := open(t.Context(), sdk.Env{}, Optional{&usual})
		if err != nil {
			t.Fatal(err)
		}
		r.reader = made.(*reader)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- r.Run(ctx, func(c observe.Credential) { r.read = append(r.read, c.Token) }) }()
		r.stop = func() {
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("it ended with %v", err)
			}
		}
		synctest.Wait()
		test(r)
		r.stop()
		if b.holders() != 0 || b.Contrast() != 0 {
			t.Errorf("the reader ended, and %d have its bus open; it is lit at %d", b.holders(), b.Contrast())
		}
	})
}

func (r *rig) show(v credential.Verdict, text string) {
	r.t.Helper()
	if err := r.Show(r.t.Context(), credential.Reply{Verdict: v, Text: text}); err != nil {
		r.t.Fatal(err)
	}
}

// shows looks at the display after a time.
func (r *rig) shows(after time.Duration, want ...string) {
	r.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	if got := reads(r.bus.Model); !slices.Equal(got, want) {
		r.t.Errorf("it shows %q, want %q", got, want)
	}
}

// is looks at the reader's state.
func (r *rig) is(state class.State, says string) {
	r.t.Helper()
	synctest.Wait()
	if c := r.Condition(); c.State != state || !strings.Contains(c.Cause, says) {
		r.t.Errorf("%v because %q, want %v because of %q", c.State, c.Cause, state, says)
	}
}

const long = "The payment was not approved. Nothing was charged. Please use another card or ask the staff."

// A reply is shown for as long as somebody looks at it, a long one page after page, and the
// next one in its place.
func TestShows(t *testing.T) {
	bubble(t, &bus{Model: ssd1306sim.New(0x3C, 64)}, func(r *rig) {
		r.shows(0)
		r.show(credential.VerdictGranted, "Come in.")
		r.shows(turn-time.Millisecond, "Welcome", "Come in.")
		r.shows(2 * time.Millisecond)
		r.show(credential.VerdictDenied, long)
		r.shows(turn-time.Millisecond, "The payment was", "not approved.", "Nothing was", "charged. Please")
		r.shows(2*time.Millisecond, "use another card", "or ask the", "staff.")
		r.show(credential.VerdictPrompt, "Please show your palm.")
		r.shows(promptTurns*turn-time.Millisecond, "Please show your", "palm.")
		r.shows(2 * time.Millisecond)
		r.show(credential.VerdictPrompt, long)
		r.shows(2*turn, "The payment was", "not approved.", "Nothing was", "charged. Please")
		r.show(credential.VerdictDenied, "")
		r.shows(0, "Please ask the", "staff.")
		r.is(sdk.StateReady, "")
		if w := r.bus.Wrong(); w != nil {
			t.Error(w)
		}
		if id := r.Identity(); id.Model != "cards" {
			t.Errorf("it is %+v", id)
		}
	})
}

// A display that is not there, that goes and comes back is told and tried again, and the
// reader reads on.
func TestTrouble(t *testing.T) {
	b := &bus{Model: ssd1306sim.New(0x3C, 64)}
	b.pull(true)
	bubble(t, b, func(r *rig) {
		refused := func(says string) {
			t.Helper()
			err := r.Show(r.t.Context(), credential.Reply{Verdict: credential.VerdictGranted})
			if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), says) {
				t.Errorf("%v, want %q", err, says)
			}
			r.is(sdk.StateDegraded, says)
		}
		r.is(sdk.StateDegraded, "the display shows nothing: open /dev/i2c-1: no such file")
		refused("no such file")
		r.cards.put <- "first"
		b.pull(false)
		time.Sleep(lookEvery + time.Millisecond)
		r.is(sdk.StateReady, "")
		r.show(credential.VerdictGranted, "")
		r.shows(0, "Welcome")
		b.Absent(true) // by its own wire, the bus stays
		time.Sleep(turn + lookEvery)
		r.is(sdk.StateDegraded, "does not answer at 0x3c on /dev/i2c-1")
		r.cards.how = sdk.Condition{State: sdk.StateDegraded, Cause: "a card can't be read"}
		r.is(sdk.StateDegraded, "a card can't be read; the display shows nothing")
		r.cards.how = sdk.Condition{State: sdk.StateReady}
		refused("does not answer")
		if b.holders() != 0 {
			t.Error("a bus that can't be used stays open")
		}
		r.cards.put <- "second"
		b.Absent(false)
		r.show(credential.VerdictGranted, "Come in.") // before it is looked at again
		r.shows(0, "Welcome", "Come in.")
		r.is(sdk.StateReady, "")
		if !slices.Equal(r.read, []string{"first", "second"}) {
			t.Errorf("%q were read", r.read)
		}
	})
}

// Power that was away and transfers that are disturbed make no difference to what is shown.
func TestDisturbed(t *testing.T) {
	bubble(t, &bus{Model: ssd1306sim.New(0x3C, 64)}, func(r *rig) {
		r.show(credential.VerdictGranted, "Come in.")
		r.bus.Restart()
		r.show(credential.VerdictGranted, "Come in.")
		r.shows(0, "Welcome", "Come in.")
		for _, transfers := range []int{1, 2} {
			r.bus.Fail(transfers)
			r.show(credential.VerdictDenied, "Not now.")
			r.shows(0, "Not now.")
			r.is(sdk.StateReady, "")
			r.shows(turn)
		}
		r.bus.Fail(3)
		if err := r.Show(r.t.Context(), credential.Reply{Verdict: credential.VerdictDenied}); err == nil {
			t.Error("what failed each time was shown")
		}
		r.is(sdk.StateDegraded, "arbitration lost")
		r.shows(lookEvery + time.Millisecond)
		r.is(sdk.StateReady, "")
	})
}

// A reply that nobody waits for any more, and one to a reader that has ended, are no matter.
func TestShowEnds(t *testing.T) {
	bubble(t, &bus{Model: ssd1306sim.New(0x3C, 64)}, func(r *rig) {
		over, cancel := context.WithCancel(r.t.Context())
		cancel()
		for range 20 {
			if err := r.Show(over, credential.Reply{Verdict: credential.VerdictGranted}); err != nil && fault.CodeOf(err) != fault.Unavailable {
				t.Error(err)
			}
		}
		stop := r.stop
		r.stop = func() {}
		stop()
		if err := r.Show(r.t.Context(), credential.Reply{Verdict: credential.VerdictGranted}); fault.CodeOf(err) != fault.Unavailable {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, open := <-r.cards.put; open {
			t.Error("the reader was not closed")
		}
	})
}

// Without the block a reader is what it was, and shows nothing.
func TestOptional(t *testing.T) {
	t.Parallel()
	own := &cards{}
	r, err := On(func(context.Context, sdk.Env, Optional) (credential.Reader, error) { return own, nil }, (&bus{}).Open)(t.Context(), sdk.Env{}, Optional{})
	if _, shows := r.(credential.Shower); shows || r != credential.Reader(own) || err != nil {
		t.Errorf("%T, %v", r, err)
	}
	failed := errors.New("no lines")
	if r, err := On(func(context.Context, sdk.Env, Optional) (credential.Reader, error) { return nil, failed }, (&bus{}).Open)(t.Context(), sdk.Env{}, Optional{&usual}); r != nil || !errors.Is(err, failed) {
		t.Errorf("%v, %v", r, err)
	}
}
