package wiegand

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/warthog618/go-gpiocdev/uapi"
	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/sdk/fault"
)

// maxQueued is how many edges the kernel keeps until they are read: some cards, on a
// machine that does something else meanwhile.
const maxQueued = 512

// eventSize is that of struct gpio_v2_line_event (linux/gpio.h).
const eventSize = 48

// chardev is both lines, asked for in one request of the GPIO character device, version
// 2, so that the kernel numbers the edges of both.
type chardev struct {
	file   *os.File
	d1     uint32
	buffer []byte
	unread []byte // of buffer
}

// Chardev opens the lines of a GPIO chip of the kernel.
func Chardev(c Config) (Source, error) {
	chip, err := os.Open(c.Chip)
	if err != nil {
		return nil, fault.At("chip", fault.Wrap(fault.Unavailable, "open the chip", err))
	}
	defer func() { _ = chip.Close() }()
	request := uapi.LineRequest{Lines: 2, EventBufferSize: maxQueued}
	request.Offsets[0], request.Offsets[1] = uint32(c.D0), uint32(c.D1) //nolint:gosec // bounded by the schema
	copy(request.Consumer[:], "aisle-wiegand")
	request.Config.Flags = uapi.LineFlagV2Input | uapi.LineFlagV2EdgeFalling
	if c.Bias == "pull_up" {
		request.Config.Flags |= uapi.LineFlagV2BiasPullUp
	}
	if err := uapi.GetLine(chip.Fd(), &request); err != nil {
		return nil, refused(c, err)
	}
	// A descriptor that does not block is one that the runtime waits for: a read
	// ends by its deadline, and when the file is closed.
	if err := unix.SetNonblock(int(request.Fd), true); err != nil {
		_ = unix.Close(int(request.Fd))
		return nil, fault.Wrap(fault.Unavailable, "open the lines", err)
	}
	return &chardev{
		file: os.NewFile(uintptr(request.Fd), fmt.Sprintf("%s lines %d and %d", c.Chip, c.D0, c.D1)), //nolint:gosec // a descriptor
		d1:   uint32(c.D1), buffer: make([]byte, 64*eventSize),                                       //nolint:gosec // bounded by the schema
	}, nil
}

// refused says what to do where the kernel does not hand the lines out.
func refused(c Config, err error) error {
	deed := fmt.Sprintf("ask %s for lines %d and %d", c.Chip, c.D0, c.D1)
	switch {
	case errors.Is(err, unix.EBUSY):
		return fault.At("d0", fault.Wrap(fault.Unavailable, deed, errors.New("one of them is in use: by another device of the store, another program, or a driver of the kernel")))
	case errors.Is(err, unix.EINVAL):
		return fault.At("d0", fault.Wrap(fault.Invalid, deed, errors.New("the chip has no such lines, or they can't tell of edges; gpioinfo lists them")))
	case errors.Is(err, unix.ENOTTY):
		return fault.At("chip", fault.Wrap(fault.Invalid, deed, errors.New("it is no GPIO chip, or the kernel is older than 5.10")))
	}
	return fault.At("chip", fault.Wrap(fault.Unavailable, deed, err))
}

// Edge gives the next edge (Source).
func (l *chardev) Edge(within time.Duration) (Edge, bool, error) {
	if len(l.unread) < eventSize {
		if err := l.file.SetReadDeadline(time.Now().Add(within)); err != nil {
			return Edge{}, false, err
		}
		n, err := l.file.Read(l.buffer)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			n, err = l.there()
		}
		if err != nil || n == 0 {
			return Edge{}, false, err
		}
		l.unread = l.buffer[:n]
	}
	if len(l.unread) < eventSize {
		return Edge{}, false, errors.New("the kernel gave half an event")
	}
	e := Event(l.unread[:eventSize], l.d1)
	l.unread = l.unread[eventSize:]
	return e, true, nil
}

// there reads what is there now, for a busy machine may run this only when the time to
// wait was over; where there is nothing, it asks whether the chip still is: older kernels
// do not wake who waits for one that was pulled out.
func (l *chardev) there() (n int, err error) {
	c, err := l.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed error
	err = c.Control(func(fd uintptr) {
		if n, failed = unix.Read(int(fd), l.buffer); errors.Is(failed, unix.EAGAIN) { //nolint:gosec // a descriptor
			n, failed = 0, uapi.GetLineValuesV2(fd, &uapi.LineValues{Mask: 3})
		}
	})
	return max(n, 0), errors.Join(err, failed)
}

// Event reads struct gpio_v2_line_event, of which d1 is the line of ones.
func Event(b []byte, d1 uint32) Edge {
	native := binary.NativeEndian
	return Edge{
		One: native.Uint32(b[12:]) == d1,
		Seq: native.Uint32(b[16:]),
		At:  time.Duration(native.Uint64(b)), //nolint:gosec // nanoseconds since the machine started
	}
}

// Close lets the lines go, and ends an Edge under way.
func (l *chardev) Close() error { return l.file.Close() }
