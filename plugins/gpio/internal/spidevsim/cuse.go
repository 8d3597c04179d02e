// Package spidevsim is an SPI device for tests in a machine of tools/hil: a character
// device that answers as the kernel's spidev does, played through CUSE (module cuse). It
// must be served by a process of its own: the runtime of one that uses the device, too,
// would wait for itself.
//
// Messages are as in linux/fuse.h, version 7, as far as CUSE uses them.
package spidevsim

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
)

// Device is what hangs on the bus.
type Device interface {
	// Tx sends w and puts what comes meanwhile into r, of the same length.
	Tx(w, r []byte) error
}

// The operations of linux/fuse.h, and sizes of their structures.
const (
	opOpen     = 14
	opRelease  = 18
	opFlush    = 25
	opForget   = 2
	opInt      = 36
	opIoctl    = 39
	opInit     = 4096
	inHeader   = 40
	outHeader  = 16
	initOut    = 72
	ioctlIn    = 32
	ioctlOut   = 16
	ioctlRetry = 1 << 2
	// free says that ioctls may name memory of the caller's, as spidev's do.
	free = 1 << 0
	// bufferSize holds the largest message.
	bufferSize = 1 << 18
)

// The ioctls of linux/spi/spidev.h.
const (
	magic        = 0x6B
	message      = 0 // SPI_IOC_MESSAGE
	transferSize = 32
	maxTransfers = 16
)

var native = binary.NativeEndian

// Serve plays /dev/NAME until the process ends.
func Serve(name string, d Device) error {
	f, err := os.OpenFile("/dev/cuse", os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	buffer := make([]byte, bufferSize)
	for {
		n, err := f.Read(buffer)
		if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if n < inHeader {
			return errors.New("a message without its header")
		}
		out, errno, quiet := answer(name, d, native.Uint32(buffer[4:]), buffer[inHeader:n])
		if quiet {
			continue
		}
		reply := make([]byte, outHeader, outHeader+len(out))
		native.PutUint32(reply, uint32(outHeader+len(out))) //nolint:gosec // bounded
		native.PutUint32(reply[4:], uint32(-int32(errno)))  //nolint:gosec // as the kernel wants it
		copy(reply[8:16], buffer[8:16])
		if _, err := f.Write(append(reply, out...)); err != nil && !errors.Is(err, syscall.ENOENT) {
			return err // ENOENT: whoever asked was interrupted
		}
	}
}

// answer does what a message asks for. Some have no answer.
func answer(name string, d Device, op uint32, in []byte) (out []byte, errno syscall.Errno, quiet bool) {
	switch op {
	case opInit:
		out = make([]byte, initOut)
		copy(out, in[:8]) // the version that the kernel speaks
		native.PutUint32(out[12:], free)
		native.PutUint32(out[16:], 1<<16)
		native.PutUint32(out[20:], 1<<16)
		return append(out, "DEVNAME="+name+"\x00"...), 0, false
	case opOpen:
		return make([]byte, 16), 0, false
	case opRelease, opFlush:
		return nil, 0, false
	case opForget, opInt:
		return nil, 0, true
	case opIoctl:
		out, errno = ioctl(d, in)
		return out, errno, false
	}
	return nil, syscall.ENOSYS, false
}

// memory is a part of the caller's.
type memory struct{ base, size uint64 }

// retry asks the kernel to call again, with the caller's memory at hand.
func retry(in, out []memory) []byte {
	b := make([]byte, ioctlOut, ioctlOut+16*(len(in)+len(out)))
	native.PutUint32(b[4:], ioctlRetry)
	native.PutUint32(b[8:], uint32(len(in)))   //nolint:gosec // a few
	native.PutUint32(b[12:], uint32(len(out))) //nolint:gosec // a few
	for _, m := range append(in, out...) {
		b = native.AppendUint64(native.AppendUint64(b, m.base), m.size)
	}
	return b
}

// ioctl does one of spidev's: the mode is taken, and messages are transfers. These name
// buffers of the caller's, so that the kernel is asked first for the transfers and then
// for what they name.
func ioctl(d Device, in []byte) ([]byte, syscall.Errno) {
	if len(in) < ioctlIn {
		return nil, syscall.EINVAL
	}
	cmd, arg, data := native.Uint32(in[12:]), native.Uint64(in[16:]), in[ioctlIn:]
	if cmd>>8&0xFF != magic {
		return nil, syscall.ENOTTY
	}
	size := uint64(cmd >> 16 & 0x3FFF)
	if cmd&0xFF != message {
		return make([]byte, ioctlOut), 0
	}
	if size == 0 || size%transferSize != 0 || size > maxTransfers*transferSize {
		return nil, syscall.EINVAL
	}
	transfers := memory{arg, size}
	if uint64(len(data)) < size {
		return retry([]memory{transfers}, nil), 0
	}
	given, taken := []memory{transfers}, []memory(nil)
	sent := uint64(0)
	for t := data[:size]; len(t) > 0; t = t[transferSize:] {
		length := uint64(native.Uint32(t[16:]))
		if tx := native.Uint64(t); tx != 0 {
			given = append(given, memory{tx, length})
			sent += length
		}
		if rx := native.Uint64(t[8:]); rx != 0 {
			taken = append(taken, memory{rx, length})
		}
	}
	if uint64(len(data)) < size+sent {
		return retry(given, taken), 0
	}
	out := make([]byte, ioctlOut)
	tx := data[size:]
	for t := data[:size]; len(t) > 0; t = t[transferSize:] {
		w := make([]byte, native.Uint32(t[16:]))
		if native.Uint64(t) != 0 {
			copy(w, tx)
			tx = tx[len(w):]
		}
		r := make([]byte, len(w))
		if err := d.Tx(w, r); err != nil {
			return nil, syscall.EIO
		}
		if native.Uint64(t[8:]) != 0 {
			out = append(out, r...)
		}
		native.PutUint32(out, native.Uint32(out)+uint32(len(w))) //nolint:gosec // bounded
	}
	return out, 0
}
