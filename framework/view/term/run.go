// Package term shows a store in a terminal: a screen that is drawn again as the
// store changes, or, where there is no terminal, the log line by line.
//
// It reads package view and writes text; it takes no keys. tools/aisle calls it
// by way of framework/store. What names and messages hold never reaches the
// terminal as anything but text.
package term

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	xterm "github.com/charmbracelet/x/term"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
)

// drawEvery is how often the screen is drawn at most, and looked at whether it
// has another size.
const drawEvery = 100 * time.Millisecond

// Options say how Run shows it.
type Options struct {
	// URL is where the live page is.
	URL string
	// Plain writes lines although the writer is a terminal.
	Plain bool
	// Failures leaves out of the lines what is no failure.
	Failures bool
	// After is a record: lines up to it were told by an earlier run.
	After uint64
}

// Run shows v on w until ctx ends, and returns what went wrong in writing. On a
// terminal it uses the other screen, and leaves the last one behind. NO_COLOR
// (no-color.org) and TERM=dumb are heeded.
func Run(ctx context.Context, v *view.View, w io.Writer, o *Options) error {
	if o == nil {
		o = &Options{}
	}
	f, ok := w.(*os.File)
	if !ok || o.Plain || os.Getenv("TERM") == "dumb" || !xterm.IsTerminal(f.Fd()) {
		return lines(ctx, v, w, o.Failures, o.After)
	}
	size := func() (int, int) {
		width, height, err := xterm.GetSize(f.Fd())
		if err != nil || width <= 0 || height <= 0 {
			return usualWidth, usualHeight
		}
		return width, height
	}
	return screen(ctx, v, w, Screen{Color: os.Getenv("NO_COLOR") == "", URL: o.URL}, size)
}

// The sequences of a screen (ECMA-48, and xterm's private modes 25, 1049, 2026).
const (
	enter = "\x1b[?1049h\x1b[?25l"
	leave = "\x1b[?25h\x1b[?1049l"
	begin = "\x1b[?2026h\x1b[H"
	end   = "\x1b[J\x1b[?2026l"
	line  = "\x1b[K\r\n"
)

func screen(ctx context.Context, v *view.View, w io.Writer, sc Screen, size func() (int, int)) error {
	if _, err := io.WriteString(w, enter); err != nil {
		return fmt.Errorf("draw the screen: %w", err)
	}
	defer func() { _, _ = io.WriteString(w, leave) }()
	tick := time.NewTicker(drawEvery)
	defer tick.Stop()
	before := ""
	for ctx.Err() == nil {
		sc.Width, sc.Height = size()
		frame := strings.Join(Render(v.Snapshot(), sc), line)
		if frame != before {
			if _, err := io.WriteString(w, begin+frame+"\x1b[K"+end); err != nil {
				return fmt.Errorf("draw the screen: %w", err)
			}
			before = frame
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	sc.Height = 0
	_, err := io.WriteString(w, leave+strings.Join(Render(v.Snapshot(), sc), "\n")+"\n")
	if err != nil {
		return fmt.Errorf("draw the screen: %w", err)
	}
	return nil
}

// settleWithin is how long the first lines wait for the view to have heard what
// became of every device.
const settleWithin = 2 * time.Second

// lines writes the log after a record as it grows, until ctx ends and all of it
// is written.
// While devices open, the reasons why nobody is let in change with each: of
// those lines the last is written.
func lines(ctx context.Context, v *view.View, w io.Writer, failures bool, after uint64) error {
	if err := v.Wait(ctx, after); err != nil && ctx.Err() == nil {
		return fmt.Errorf("write the log: %w", err)
	}
	sub := v.Subscribe()
	defer sub.Close()
	settle := time.NewTimer(settleWithin)
	defer settle.Stop()
	for opening := true; opening && !settled(v.Snapshot()); {
		select {
		case <-sub.Changed():
		case <-settle.C:
			opening = false
		case <-ctx.Done():
			opening = false
		}
	}
	now := v.Snapshot()
	written, err := more(collapsed(now), w, told(now, after), failures)
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	for {
		n, err := more(v.Snapshot(), w, written, failures)
		if err != nil {
			return fmt.Errorf("write the log: %w", err)
		}
		written = n
		select {
		case <-ctx.Done():
			_, err := more(v.Snapshot(), w, written, failures)
			return err
		case <-sub.Changed():
		}
	}
}

// told is how many lines of a log are up to a record.
func told(s *view.Snapshot, after uint64) uint64 {
	if after == 0 {
		return 0
	}
	n := s.Lines
	for _, l := range s.Log {
		if l.Seq > after {
			n--
		}
	}
	return n
}

// settled reports whether every device has opened or failed to.
func settled(s *view.Snapshot) bool {
	for _, d := range s.Devices {
		switch d.State {
		case event.StateUnconfigured, event.StateClaiming, event.StateClosing, "":
			return false
		case event.StateReady, event.StateDegraded, event.StateOffline, event.StateFailed, event.StateQuarantined:
		}
	}
	return len(s.Devices) > 0
}

// collapsed is a snapshot whose log has the last line alone of those that tell
// whether people are let in.
func collapsed(s *view.Snapshot) *view.Snapshot {
	c := *s
	c.Log = nil
	last := -1
	for i, l := range s.Log {
		if l.Entry {
			last = i
		}
	}
	for i, l := range s.Log {
		if l.Entry && i != last {
			l.Text = ""
		}
		c.Log = append(c.Log, l)
	}
	return &c
}

// more writes the lines after those that are written, or the failures among
// them.
func more(s *view.Snapshot, w io.Writer, written uint64, failures bool) (uint64, error) {
	d := drawing{zone: format.Zone(s.Store.Timezone)}
	fresh := s.Lines - written
	var b strings.Builder
	if lost := fresh - min(fresh, uint64(len(s.Log))); lost > 0 {
		if !failures {
			fmt.Fprintf(&b, "… %d lines not shown\n", lost)
		}
		fresh -= lost
	}
	for _, l := range s.Log[uint64(len(s.Log))-fresh:] {
		if l.Text != "" && (!failures || l.Tone == view.ToneBad) {
			b.WriteString(d.line(l) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return s.Lines, err
}
