package wiegand

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
)

// vmPause ends a card in a machine that is interpreted and shares its processors: the
// sender's own bits are up to that far apart.
const vmPause = 400 * time.Millisecond

// rig is a reader on simulated lines 0 and 1.
type rig struct {
	*Reader
	t      *testing.T
	chip   *gpiosim.Chip
	tokens chan string
	ended  chan error
}

func vmRig(t *testing.T) *rig {
	r := &rig{t: t, chip: gpiosim.New(t, 4), tokens: make(chan string, 100), ended: make(chan error, 1)}
	r.chip.Set(0, true)
	r.chip.Set(1, true)
	reader, err := Driver(Chardev)(t.Context(), sdk.Env{}, Config{
		Chip: r.chip.Path, D0: 0, D1: 1, Bias: "pull_up", Format: "any", Facility: -1, TokenKey: "a store's own key", Pause: vmPause, Glitch: 100 * time.Microsecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Reader = reader.(*Reader)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.ended <- r.Run(ctx, func(c observe.Credential) { r.tokens <- c.Token })
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return r
}

// vmGap is from bit to bit. A machine too busy to take an interrupt in that time loses
// bits; what is refused for that is sent again more slowly.
const vmGap = 2 * time.Millisecond

// tried is the gap of a frame that was refused so many times.
func tried(times int) time.Duration { return min(time.Duration(1+times)*vmGap, 15*vmGap) }

// mostTries is when a test gives up.
const mostTries = 40

// send pulls the lines low for each bit, 50 µs each.
func (r *rig) send(bits string, gap time.Duration) {
	for _, b := range bits {
		line := int(b - '0')
		r.chip.Set(line, false)
		for begun := time.Now(); time.Since(begun) < 50*time.Microsecond; {
		}
		r.chip.Set(line, true)
		time.Sleep(gap)
	}
}

func (r *rig) counts() (taken, refused int, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken, r.refused, r.condition.Cause
}

// frame sends bits and waits until they were judged, as one card or more.
func (r *rig) frame(bits string, gap time.Duration) (taken, refused int, why string) {
	r.t.Helper()
	t0, r0, _ := r.counts()
	r.send(bits, gap)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if taken, refused, why = r.counts(); taken+refused > t0+r0 {
			return taken - t0, refused - r0, why
		}
	}
	r.t.Fatal("nothing came over the lines")
	return 0, 0, ""
}

// The driver on lines of a real kernel.
func TestVMWiegand(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, lines of its gpio-sim")
	hil.VM{Modules: []string{"gpio-sim"}}.Run(t, func(t *testing.T) {
		t.Run("cards", vmCards)
		t.Run("refused", vmRefused)
		t.Run("lines", vmLines)
	})
}

// Cards of every format come over the kernel's lines; interrupts that a busy machine
// loses make a card refused, never another one.
func vmCards(t *testing.T) {
	r := vmRig(t)
	tokens, _ := badge.NewTokens("badge_", "a store's own key")
	sentCards := map[string]bool{} // by their tokens
	frames, cards := 0, 0
	for _, format := range []string{"wiegand26", "wiegand34", "wiegand37", "wiegand26", "wiegand34", "wiegand37"} {
		f, _ := badge.FormatOf(format)
		c, _ := f.Write(badge.Numbers{Facility: 68, Card: uint64(41551 + cards)})
		want := tokens.Of(c.Text())
		sentCards[want] = true
		for tries := 0; !r.reported(sentCards, want); tries++ {
			if tries == mostTries {
				t.Fatalf("%s: no card of %d came whole", format, tries)
			}
			if _, refused, why := r.frame(bits(c), tried(tries)); refused > 0 {
				t.Log(why)
			}
			frames++
		}
		cards++
	}
	t.Logf("%d cards came whole in %d frames, the others were refused", cards, frames)
}

// reported takes what was reported, all of which must have been sent, and says whether a
// card was among it. What is sent again may come twice.
func (r *rig) reported(sentCards map[string]bool, want string) (found bool) {
	r.t.Helper()
	for {
		select {
		case token := <-r.tokens:
			if !sentCards[token] {
				r.t.Error("a card was reported that nobody sent")
			}
			found = found || token == want
		default:
			return found
		}
	}
}

// What is no card is refused and told, and the card after it is taken.
func vmRefused(t *testing.T) {
	r := vmRig(t)
	good := written(105, 3000)
	parity := "1" + good[1:]
	if good[0] == '1' {
		parity = "0" + good[1:]
	}
	for name, broken := range map[string]string{"a bit short": good[1:], "parity": parity, "a long pause": good[:13] + "P" + good[13:]} {
		first, second, paused := strings.Cut(broken, "P")
		if taken, refused, why := r.frame(first, vmGap); taken != 0 || refused == 0 || why == "" {
			t.Errorf("%s: %d taken, %d refused: %q", name, taken, refused, why)
		}
		if paused { // its first half was judged when the pause was over
			if taken, refused, why := r.frame(second, vmGap); taken != 0 || refused == 0 || why == "" {
				t.Errorf("%s: %d taken, %d refused: %q", name, taken, refused, why)
			}
		}
	}
	tokens, _ := badge.NewTokens("badge_", "a store's own key")
	f, _ := badge.FormatOf("wiegand26")
	c, _ := f.Write(badge.Numbers{Facility: 105, Card: 3000})
	want := tokens.Of(c.Text())
	for tries := 0; !r.reported(map[string]bool{want: true}, want); tries++ {
		if tries == mostTries {
			t.Fatal("the good card does not come whole")
		}
		r.frame(good, tried(tries))
	}
}

// Lines that are in use, that are not there, and that are pulled out are told apart.
func vmLines(t *testing.T) {
	r := vmRig(t)
	for says, c := range map[string]Config{
		"in use":                        {Chip: r.chip.Path, D0: 1, D1: 2},
		"no such line":                  {Chip: r.chip.Path, D0: 2, D1: 99},
		"answers no question":           {Chip: "/dev/null", D0: 0, D1: 1},
		"gpiochip99: no such GPIO chip": {Chip: "/dev/gpiochip99", D0: 0, D1: 1},
	} {
		if _, err := Chardev(c); err == nil || !strings.Contains(err.Error(), says) || fault.PathOf(err) == "" {
			t.Errorf("%+v: %v", c, err)
		}
	}
	r.send("101", vmGap) // it is in mid-card
	r.chip.Unplug()
	select {
	case err := <-r.ended:
		if fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "lines 0 and 1 of "+r.chip.Path) {
			t.Errorf("%v", err)
		}
		r.ended <- err
	case <-time.After(time.Minute):
		t.Fatal("it does not see that its chip was pulled out")
	}
	again := vmRig(t) // another chip, as after plugging in again
	for tries := 0; ; tries++ {
		if taken, _, why := again.frame(card, tried(tries)); taken == 1 {
			break
		} else if tries == mostTries {
			t.Fatal(why)
		}
	}
}
