//go:build linux

package pins

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// consumer is who gpioinfo says that the lines are used by.
const consumer = "aisle"

// buffered is how many edges the kernel keeps for us: as many as it may.
const buffered = 1024

// Request is lines of one chip, taken together. Its methods may be called from several
// goroutines, Event from one at a time.
type Request struct {
	chip  string
	lines []Line
	file  *os.File
	edges bool

	closed  atomic.Bool
	numbers map[uint32]int // a line's number at the chip to the one in lines
	order   order
}

// Open takes lines of a chip, such as /dev/gpiochip0.
func Open(chip string, lines ...Line) (*Request, error) {
	if len(lines) == 0 || len(lines) > uapi.LinesMax {
		return nil, fmt.Errorf("%d lines, where 1 to %d can be taken together", len(lines), uapi.LinesMax)
	}
	c, err := open(chip)
	if err != nil {
		return nil, err
	}
	defer c.file.Close()
	r := &Request{chip: chip, lines: append([]Line(nil), lines...), numbers: map[uint32]int{}, order: order{next: 1}}
	var ask uapi.LineRequest
	for i, l := range lines {
		n, err := c.find(l.Name)
		if err != nil {
			return nil, err
		}
		if at, twice := r.numbers[uint32(n)]; twice {
			return nil, fmt.Errorf("line %s of %s is line %s too: each has one use", l.Name, chip, lines[at].Name)
		}
		r.numbers[uint32(n)] = i
		ask.Offsets[i] = uint32(n)
		r.edges = r.edges || l.Edges
	}
	copy(ask.Consumer[:len(ask.Consumer)-1], consumer)
	ask.Lines = uint32(len(lines))
	if r.edges {
		ask.EventBufferSize = buffered
	}
	if ask.Config, err = config(lines); err != nil {
		return nil, fmt.Errorf("lines of %s: %w", chip, err)
	}
	if err := uapi.GetLine(c.file.Fd(), &ask); err != nil {
		return nil, c.refused(lines, err)
	}
	if err := unix.SetNonblock(int(ask.Fd), true); err != nil {
		return nil, errors.Join(err, unix.Close(int(ask.Fd)))
	}
	r.file = os.NewFile(uintptr(ask.Fd), chip)
	return r, nil
}

// config groups lines by what they are wanted for: the kernel takes ten groups.
func config(lines []Line) (c uapi.LineConfig, err error) {
	flags := map[uapi.LineFlagV2]uapi.LineBitmap{}
	debounce := map[time.Duration]uapi.LineBitmap{}
	var on, outputs uapi.LineBitmap
	for i, l := range lines {
		flags[l.flags()] = flags[l.flags()].Set(i, 1)
		if l.Debounce > 0 {
			debounce[l.Debounce] = debounce[l.Debounce].Set(i, 1)
		}
		if l.Output {
			outputs = outputs.Set(i, 1)
			if l.On {
				on = on.Set(i, 1)
			}
		}
	}
	if n := len(flags) + len(debounce) + 1; n > len(c.Attrs) {
		return c, fmt.Errorf("they are wanted for %d different uses, which is more than the kernel takes in one request", n)
	}
	for f, mask := range flags {
		c.AddAttribute(uapi.LineConfigAttribute{Attr: f.Encode(), Mask: mask})
	}
	for d, mask := range debounce {
		c.AddAttribute(uapi.LineConfigAttribute{Attr: uapi.DebouncePeriod(d).Encode(), Mask: mask})
	}
	if outputs != 0 {
		c.AddAttribute(uapi.LineConfigAttribute{Attr: uapi.OutputValues(on).Encode(), Mask: outputs})
	}
	return c, nil
}

func (l Line) flags() (f uapi.LineFlagV2) {
	if l.Output {
		f = uapi.LineFlagV2Output
	} else {
		f = uapi.LineFlagV2Input
	}
	if l.ActiveLow {
		f |= uapi.LineFlagV2ActiveLow
	}
	switch {
	case l.Edges && l.OffOnly:
		f |= uapi.LineFlagV2EdgeFalling
	case l.Edges:
		f |= uapi.LineFlagV2EdgeBoth
	}
	switch l.Bias {
	case BiasAsIs:
	case BiasNone:
		f |= uapi.LineFlagV2BiasDisabled
	case PullUp:
		f |= uapi.LineFlagV2BiasPullUp
	case PullDown:
		f |= uapi.LineFlagV2BiasPullDown
	}
	return f
}

// wrong says what happened to which lines.
func (r *Request) wrong(deed string, err error) error {
	switch {
	case r.closed.Load():
		err = ErrClosed
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		err = ErrGone
	}
	return fmt.Errorf("%s of %s: %w", deed, r.chip, err)
}

// control runs an ioctl while the file is open.
func (r *Request) control(f func(fd uintptr) error) error {
	raw, err := r.file.SyscallConn()
	if err != nil {
		return err
	}
	if e := raw.Control(func(fd uintptr) { err = f(fd) }); e != nil {
		return e
	}
	return err
}

// Get tells whether a line is on. An output stays one, and is what it was set to.
func (r *Request) Get(line int) (bool, error) {
	v := uapi.LineValues{Mask: uapi.LineBitmap(0).Set(line, 1)}
	if err := r.control(func(fd uintptr) error { return uapi.GetLineValuesV2(fd, &v) }); err != nil {
		return false, r.wrong("read line "+r.lines[line].Name, err)
	}
	return v.Get(line) == 1, nil
}

// Set sets an output.
func (r *Request) Set(line int, on bool) error {
	v := uapi.LineValues{Mask: uapi.LineBitmap(0).Set(line, 1)}
	if on {
		v.Bits = v.Mask
	}
	if err := r.control(func(fd uintptr) error { return uapi.SetLineValuesV2(fd, v) }); err != nil {
		return r.wrong("set line "+r.lines[line].Name, err)
	}
	return nil
}

// Timings of Event.
const (
	// look is how often a chip that says nothing is asked whether it is there: kernels
	// before 6.6 wake nobody when it is pulled out.
	look = 500 * time.Millisecond
	// settle is how long an edge that is missing is waited for: the handler of its interrupt is under way.
	settle = 5 * time.Millisecond
)

// Event gives the next edge, or false where none comes within a time. Within 0 takes one that
// is there already; a negative one waits for ever. Close ends it.
func (r *Request) Event(within time.Duration) (Event, bool, error) {
	if !r.edges {
		return Event{}, false, fmt.Errorf("no line of this request of %s was asked for edges", r.chip)
	}
	end := time.Now().Add(within)
	for {
		if err := r.take(time.Now()); err != nil { // what is there
			return Event{}, false, err
		}
		if e, ok := r.order.due(false); ok {
			return e, true, nil
		}
		if len(r.order.waiting) > 0 {
			if err := r.take(time.Now().Add(settle)); err != nil {
				return Event{}, false, err
			}
			if e, ok := r.order.due(true); ok {
				return e, true, nil
			}
		}
		now := time.Now()
		if within >= 0 && !now.Before(end) {
			return Event{}, false, nil
		}
		until := now.Add(look)
		if within >= 0 && end.Before(until) {
			until = end
		}
		if err := r.take(until); err != nil {
			return Event{}, false, err
		}
		if len(r.order.waiting) == 0 {
			if _, err := r.Get(0); err != nil {
				return Event{}, false, err
			}
		}
	}
}

// take reads what edges there are, and waits for the first until a time. One that is over
// ends a read before it looks, so then it looks by itself.
func (r *Request) take(until time.Time) error {
	if err := r.file.SetReadDeadline(until); err != nil {
		return r.wrong("wait for lines", err)
	}
	var b [16 * eventSize]byte
	n, err := r.file.Read(b[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = r.control(func(fd uintptr) (err error) { n, err = unix.Read(int(fd), b[:]); return err })
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
	}
	if err != nil {
		return r.wrong("wait for lines", err)
	}
	for at := 0; at+eventSize <= n; at += eventSize {
		r.order.add(r.event(b[at : at+eventSize]))
	}
	return nil
}

// Close lets the lines go.
func (r *Request) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	return r.file.Close()
}

// number tells the number that a line's name is, if it is one.
func number(name string) (int, bool) {
	n, err := strconv.Atoi(name)
	return n, err == nil && n >= 0
}

// chips are what is plugged in, for whoever looks for another.
func chips() string {
	all, _ := filepath.Glob("/dev/gpiochip*")
	if len(all) == 0 {
		return "this machine has none"
	}
	return "this machine has " + strings.Join(all, ", ")
}
