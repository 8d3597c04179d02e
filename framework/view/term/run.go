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
		return lines(ctx, v, w, o.Failures)
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

// lines writes the log as it grows, until ctx ends and all of it is written.
func lines(ctx context.Context, v *view.View, w io.Writer, failures bool) error {
	sub := v.Subscribe()
	defer sub.Close()
	var written uint64
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
		if !failures || l.Tone == view.ToneBad {
			b.WriteString(d.line(l) + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return s.Lines, err
}
