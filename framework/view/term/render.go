package term

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
)

// The size of a screen that does not say its own, and the least that is drawn
// for.
const (
	usualWidth  = 80
	usualHeight = 24
	leastWidth  = 40
	leastHeight = 10
	mostWidth   = 110 // a line that is longer is hard to follow
)

// Screen is how a snapshot is drawn.
type Screen struct {
	// Width and Height are in cells; the drawing keeps within them. Height 0
	// draws everything.
	Width, Height int
	Color         bool
	// URL is where the live page is; empty where there is none.
	URL string
}

// Render draws a snapshot as lines, without any that moves the cursor.
func Render(s *view.Snapshot, sc Screen) []string {
	if sc.Width <= 0 {
		sc.Width = usualWidth
	}
	sc.Width = min(max(sc.Width, leastWidth), mostWidth)
	if sc.Height > 0 {
		sc.Height = max(sc.Height, leastHeight)
	}
	d := drawing{Screen: sc, zone: format.Zone(s.Store.Timezone)}
	head := d.head(s)
	blocks := []block{
		{lines: d.sessions("In the store", s, false)},
		{lines: d.sessions("Leaving", s, true), keep: 2},
		{lines: d.devices(s), keep: 2},
		{lines: d.receipts(s), keep: 2, spare: true},
		{lines: d.log(s), keep: 3, spare: true, open: true},
	}
	if sc.Height > 0 {
		fit(blocks, sc.Height-len(head))
	}
	out := head
	for _, b := range blocks {
		if len(b.lines) > 0 {
			out = append(append(out, ""), b.lines...)
		}
	}
	return out
}

// block is a part of the screen under a title.
type block struct {
	lines []string
	// keep is how many lines are left to it by the blocks above.
	keep int
	// spare says that it may go where the screen is low, open that nobody
	// need be told of lines that are cut off.
	spare, open bool
}

// mostClosed is how many reasons are named why nobody is let in.
const mostClosed = 3

// lowScreen is a height below which spare blocks give way.
const lowScreen = 30

// fit cuts the blocks so that they keep within a height. Blocks above take what
// they need and leave the ones below what those keep.
func fit(blocks []block, height int) {
	for i := range blocks {
		room := height
		for _, later := range blocks[i+1:] {
			if len(later.lines) > 0 && (!later.spare || height >= lowScreen) {
				room -= min(later.keep, len(later.lines)) + 1
			}
		}
		if i == 0 {
			room = max(room, min(height, leastHeight/2)) // who is in the store comes first
		}
		b := &blocks[i]
		b.lines = b.cut(room - 1)
		if len(b.lines) > 0 {
			height -= len(b.lines) + 1
		}
	}
}

// cut keeps n lines and says how many are missing. A title alone says nothing.
func (b *block) cut(n int) []string {
	switch {
	case len(b.lines) <= n:
		return b.lines
	case n < 2:
		return nil
	case b.open:
		return b.lines[:n]
	}
	return append(slices.Clone(b.lines[:n-1]), fmt.Sprintf("  … %d more lines", len(b.lines)-n+1))
}

// drawing is a screen with the store's own clock.
type drawing struct {
	Screen
	zone *time.Location
}

func (d drawing) head(s *view.Snapshot) []string {
	name, clock := s.Store.Name, ""
	if name == "" {
		name = "no store yet"
	}
	if !s.At.IsZero() {
		clock = "store time " + format.Clock(s.At, d.zone)
	}
	t := s.Totals
	figures := []string{fmt.Sprintf("%d inside", t.People), format.Count(t.Sessions, "visit"), format.Money(t.CapturedIn(s.Store.Currency)) + " charged",
		fmt.Sprintf("%d released", t.Voided), fmt.Sprintf("%d in review", t.InReview), fmt.Sprintf("%d turned away", t.Refused)}
	if s.Store.Currency == "" {
		figures = slices.Delete(figures, 2, 3)
	}
	out := []string{d.spread(d.bold(clean(name)), d.dim(clock)), d.trim(strings.Join(figures, " · "))}
	for i, c := range s.Closed {
		if i == mostClosed {
			out = append(out, d.tone(format.Bad, fmt.Sprintf("● and for %s more", format.Count(len(s.Closed)-i, "reason"))))
			break
		}
		out = append(out, d.tone(format.Bad, d.trim("● "+clean(view.ClosedWords(c)))))
	}
	if d.URL != "" {
		out = append(out, d.dim(d.trim(d.URL)))
	}
	return out
}

func (d drawing) sessions(title string, s *view.Snapshot, ended bool) []string {
	var out []string
	for i := range s.Sessions {
		v := &s.Sessions[i]
		if (v.Ended != nil) != ended {
			continue
		}
		if len(out) == 0 {
			out = append(out, d.bold(title))
		}
		out = append(out, d.session(v)...)
	}
	if len(out) == 0 && !ended {
		return []string{d.bold(title), d.dim("  Nobody is in the store.")}
	}
	return out
}

func (d drawing) session(v *view.Session) []string {
	name, total := fmt.Sprintf("Visit %d", v.Number), format.Money(v.Total)
	if v.Staff {
		name, total = fmt.Sprintf("Staff, visit %d", v.Number), ""
	}
	st := format.Stage(v)
	about := d.tone(st.Tone, "● "+st.Text) + "  " + d.dim(format.Method(v.Method)+", "+format.Party(v)+", since "+format.Minute(v.Opened, d.zone))
	out := []string{d.spread("  "+d.bold(fmt.Sprintf("%-9s", name))+" "+about, d.bold(total))}
	for _, l := range v.Lines {
		out = append(out, d.spread(fmt.Sprintf("    %2d  %s", l.Quantity, clean(l.Title)), format.Money(l.Amount)))
	}
	for _, p := range v.Pending {
		out = append(out, d.tone(format.Doubt, d.trim("     ?  "+format.Perhaps(p.Quantity, clean(p.Title), p.Put)+": "+clean(p.Reason))))
	}
	if v.Refusal != "" {
		out = append(out, d.trim("        "+clean(v.Refusal)))
	}
	return out
}

// devices counts those that are well and names the others.
func (d drawing) devices(s *view.Snapshot) []string {
	if len(s.Devices) == 0 {
		return nil
	}
	ready := 0
	var out []string
	for _, x := range s.Devices {
		if x.State == event.StateReady {
			ready++
			continue
		}
		st := format.Device(x.State)
		line := "  " + d.tone(st.Tone, "● "+st.Text) + "  " + clean(x.Address)
		if x.Cause != "" {
			line += d.dim("  " + clean(x.Cause))
		}
		out = append(out, d.trim(line))
	}
	return append([]string{d.spread(d.bold("Devices"), d.dim(fmt.Sprintf("%d of %d ready", ready, len(s.Devices))))}, out...)
}

func (d drawing) receipts(s *view.Snapshot) []string {
	if len(s.Receipts) == 0 {
		return nil
	}
	out := []string{d.bold("Last receipts")}
	for _, b := range s.Receipts[:min(5, len(s.Receipts))] {
		st := format.Receipt(b)
		left := fmt.Sprintf("  %-9s %s  %s  ", fmt.Sprintf("Visit %d", b.Number), format.Clock(b.Closed, d.zone), d.tone(st.Tone, "● "+st.Text))
		if d.URL != "" && d.Width >= 100 {
			left += d.dim(strings.TrimSuffix(d.URL, "/") + "/receipts/" + clean(b.ID))
		}
		out = append(out, d.spread(left, format.Money(b.Total)))
	}
	return out
}

func (d drawing) log(s *view.Snapshot) []string {
	if len(s.Log) == 0 {
		return nil
	}
	out := []string{d.bold("Lately")}
	for _, l := range slices.Backward(s.Log) {
		if len(out) > usualHeight {
			break
		}
		out = append(out, d.trim("  "+d.line(l)))
	}
	return out
}

// line is a line of the log with its time.
func (d drawing) line(l view.Line) string {
	return d.dim(format.Clock(l.At, d.zone)) + " " + d.tone(string(l.Tone), clean(l.Text))
}

// spread puts one text to the left and one to the right edge; the left one
// gives way.
func (d drawing) spread(left, right string) string {
	room := d.Width - ansi.StringWidth(right)
	if right == "" {
		return d.trim(left)
	}
	left = ansi.Truncate(left, max(0, room-2), "…")
	return left + strings.Repeat(" ", max(1, room-ansi.StringWidth(left))) + right
}

func (d drawing) trim(s string) string { return ansi.Truncate(s, d.Width, "…") }

// The colours are the terminal's own, so that they fit its background.
func (d drawing) bold(s string) string { return d.paint("1", s) }
func (d drawing) dim(s string) string  { return d.paint("2", s) }

func (d drawing) tone(tone, s string) string {
	switch tone {
	case format.Good:
		return d.paint("32", s)
	case format.Doubt:
		return d.paint("33", s)
	case format.Bad:
		return d.paint("31", s)
	}
	return s
}

func (d drawing) paint(code, s string) string {
	if !d.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// clean takes out what would move the cursor or turn the text around: names
// come from files and devices.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, s)
}
