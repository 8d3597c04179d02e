package display

import (
	"context"
	"fmt"
	"sync"
	"time"

	"periph.io/x/devices/v3/ssd1306/image1bit"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
)

const (
	// turn is how long a page is shown: as long as somebody looks at it.
	turn = 4 * time.Second
	// promptTurns is for how many turns somebody is asked to present something: as long as
	// an enrolment waits.
	promptTurns = 15
	// lookEvery is how often a display that shows nothing is asked whether it is there, and
	// one that is not is tried again.
	lookEvery = 2 * time.Second
	// attempts is how often a picture is sent before the display is said to be in
	// trouble: it is some thirty transfers, of which one may be disturbed.
	attempts = 3
)

// request is a reply that is to be shown, and where to say how that went.
type request struct {
	reply credential.Reply
	done  chan error
}

// screen shows replies on a display, page after page, and looks after it. All but trouble is
// run's alone.
type screen struct {
	config Config
	open   func(path string) (i2cdev.Bus, error)
	asked  chan request
	ended  chan struct{} // closed when run has

	bus   i2cdev.Bus // nil while it is not open
	pages []*image1bit.VerticalLSB
	shown int // turns that have begun
	turns int // that there are; 0 where nothing is shown

	mu    sync.Mutex
	wrong string
}

func newScreen(c Config, open func(string) (i2cdev.Bus, error)) *screen {
	return &screen{config: c, open: open, asked: make(chan request), ended: make(chan struct{})}
}

// run shows what it is asked to until ctx ends, and leaves a dark display.
func (s *screen) run(ctx context.Context) {
	defer close(s.ended)
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			s.leave()
			return
		case q := <-s.asked:
			q.done <- s.begin(ctx, q.reply)
		case <-next.C:
			s.goOn(ctx)
		}
		if s.turns > 0 {
			next.Reset(turn)
		} else {
			next.Reset(lookEvery)
		}
	}
}

// begin shows the first page of a reply, in place of what is shown.
func (s *screen) begin(ctx context.Context, r credential.Reply) error {
	s.pages, s.shown = pages(r, s.config.height()), 0
	if s.turns = len(s.pages); r.Verdict == credential.VerdictPrompt {
		s.turns = max(s.turns, promptTurns)
	}
	return s.page(ctx)
}

// page shows the page whose turn it is.
func (s *screen) page(ctx context.Context) error {
	p := s.pages[s.shown%len(s.pages)]
	s.shown++
	return s.have(ctx, func(d panel) error { return d.show(ctx, p) })
}

// goOn shows the next page, or nothing more.
func (s *screen) goOn(ctx context.Context) {
	switch {
	case s.shown == s.turns:
		s.shown, s.turns = 0, 0
		_ = s.have(ctx, panel.dark)
	case len(s.pages) == 1:
		s.shown++
	default:
		_ = s.page(ctx)
	}
}

// have has the display do something, and keeps how it is. Where it can't, nothing is shown any
// more: whoever it was for has gone when it can.
func (s *screen) have(ctx context.Context, do func(panel) error) (err error) {
	tries := attempts
	if s.trouble() != "" {
		tries = 1 // others wait for the bus
	}
	for ; tries > 0 && ctx.Err() == nil; tries-- {
		if err = s.try(do); err == nil {
			s.say("")
			return nil
		}
	}
	if ctx.Err() != nil {
		return fault.Wrap(fault.Unavailable, "show it", ctx.Err())
	}
	s.shown, s.turns = 0, 0
	s.say("the display shows nothing: " + err.Error())
	return fault.New(fault.Unavailable, s.trouble())
}

// try has the display do something once. A bus on which it fails is let go, or an adapter that
// was pulled out could not leave.
func (s *screen) try(do func(panel) error) (err error) {
	if s.bus == nil {
		bus, err := s.open(s.config.Bus)
		if err != nil {
			return fmt.Errorf("open %s: %w", s.config.Bus, err)
		}
		s.bus = bus
	}
	if err := do(newPanel(s.config, s.bus)); err != nil {
		s.letGo()
		return fmt.Errorf("it does not answer at %s on %s, or not always: is it plugged in, and is that its address? (%w)", s.config.Address, s.config.Bus, err)
	}
	return nil
}

// leave turns the display off and lets it go.
func (s *screen) leave() {
	if s.bus != nil {
		_ = newPanel(s.config, s.bus).dark() // it may be why it ends
		s.letGo()
	}
}

func (s *screen) letGo() {
	_ = s.bus.Close()
	s.bus = nil
}

// trouble is what is wrong with the display, in a sentence; empty for nothing.
func (s *screen) trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wrong
}

func (s *screen) say(wrong string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = wrong
}
