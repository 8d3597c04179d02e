//go:build linux

package pins

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"
)

// chip is one that is open to look for lines.
type chip struct {
	path  string
	file  *os.File
	count int
}

func open(path string) (*chip, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return nil, fmt.Errorf("%s: %w: %s", path, ErrNoChip, chips())
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("open the GPIO chip: %w: is the plugin's user in the group gpio?", err)
	case err != nil:
		return nil, fmt.Errorf("open the GPIO chip: %w", err)
	}
	info, err := uapi.GetChipInfo(f.Fd())
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w: it answers no question about lines: %w", path, ErrNoChip, err)
	}
	return &chip{path, f, int(info.Lines)}, nil
}

// find gives the number of a line by its name or number.
func (c *chip) find(name string) (int, error) {
	if n, ok := number(name); ok {
		if n >= c.count {
			return 0, fmt.Errorf("line %d of %s: %w: its lines are 0 to %d", n, c.path, ErrNoLine, c.count-1)
		}
		return n, nil
	}
	found := -1
	for n := range c.count {
		info, err := uapi.GetLineInfoV2(c.file.Fd(), n)
		if err != nil {
			return 0, fmt.Errorf("look at line %d of %s: %w", n, c.path, err)
		}
		if uapi.BytesToString(info.Name[:]) != name || name == "" {
			continue
		}
		if found >= 0 {
			return 0, fmt.Errorf("line %q of %s: lines %d and %d have this name: write a number", name, c.path, found, n)
		}
		found = n
	}
	if found < 0 {
		return 0, fmt.Errorf("line %q of %s: %w: gpioinfo lists the names of lines, and a number will do", name, c.path, ErrNoLine)
	}
	return found, nil
}

// refused says why lines were not given.
func (c *chip) refused(lines []Line, err error) error {
	switch {
	case errors.Is(err, unix.EBUSY):
		for _, l := range lines {
			n, _ := c.find(l.Name)
			if info, e := uapi.GetLineInfoV2(c.file.Fd(), n); e == nil && info.Flags.IsUsed() {
				return fmt.Errorf("line %s of %s: %w by %q", l.Name, c.path, ErrBusy, uapi.BytesToString(info.Consumer[:]))
			}
		}
		return fmt.Errorf("lines of %s: %w", c.path, ErrBusy)
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fmt.Errorf("%s: %w", c.path, ErrGone)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("lines of %s: the kernel does not take what they are wanted for (is it Linux 5.10 or later?): %w", c.path, err)
	case errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOTSUP):
		return fmt.Errorf("lines of %s: the chip has no edges, or no resistor of this kind: %w", c.path, err)
	}
	return fmt.Errorf("take lines of %s: %w", c.path, err)
}

// eventSize is the length of struct gpio_v2_line_event.
const eventSize = 48

// event decodes one: timestamp_ns, id, offset, seqno, line_seqno and padding.
func (r *Request) event(b []byte) Event {
	e := binary.NativeEndian
	at := time.Duration(e.Uint64(b))
	var now unix.Timespec
	wall := time.Now()
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err == nil {
		wall = wall.Add(at - time.Duration(now.Nano()))
	}
	return Event{
		At: at, Time: wall, On: uapi.LineEventID(e.Uint32(b[8:])) == uapi.LineEventRisingEdge,
		Line: r.numbers[e.Uint32(b[12:])], Seq: e.Uint32(b[16:]),
	}
}
