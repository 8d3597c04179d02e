// Package cp2112sim is an I2C adapter for tests in a machine of tools/hil: a Silicon Labs
// CP2112, a bridge from USB HID to I2C, played through /dev/uhid. The kernel's own driver
// (hid-cp2112) makes an adapter of it, whose transfers arrive at a Device.
//
// Reports are as in Silicon Labs' AN495, as far as the kernel's driver uses them.
package cp2112sim

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2csim"
)

// The events of linux/uhid.h, and where their fields are.
const (
	eventDestroy        = 1
	eventOutput         = 6
	eventGetReport      = 9
	eventGetReportReply = 10
	eventCreate         = 11
	eventInput          = 12
	eventSetReport      = 13
	eventSetReportReply = 14
	eventSize           = 4380
	outputSize          = 4100
)

// The reports of AN495.
const (
	reportVersion   = 0x05
	reportConfig    = 0x06
	reportRead      = 0x10
	reportWriteRead = 0x11
	reportForceRead = 0x12
	reportData      = 0x13
	reportWrite     = 0x14
	reportAsk       = 0x15
	reportStatus    = 0x16

	statusDone  = 2
	statusError = 3
	maxChunk    = 61
)

// descriptor is that of the reports that come in, which is what the kernel looks at.
var descriptor = []byte{
	0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08,
	0x85, reportData, 0x95, 63, 0x09, 0x01, 0x81, 0x02,
	0x85, reportStatus, 0x95, 6, 0x09, 0x01, 0x81, 0x02,
	0x85, reportWrite, 0x95, 63, 0x09, 0x01, 0x91, 0x02,
	0xC0,
}

// Bridge is one that is plugged in.
type Bridge struct {
	// Path is the bus's node, such as /dev/i2c-0, and Folder the adapter's in sysfs.
	Path, Folder string

	file   *os.File
	device i2csim.Device
	stop   chan struct{}
	done   chan struct{}
	once   sync.Once

	answer []byte // that was read, and not fetched yet
	status [7]byte
}

// New plugs a bridge in, with a device on its bus, and waits for the kernel to make an
// adapter of it. The test's end pulls it out.
func New(t testing.TB, device i2csim.Device) *Bridge {
	t.Helper()
	f, err := os.OpenFile("/dev/uhid", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := &Bridge{file: f, device: device, stop: make(chan struct{}), done: make(chan struct{})}
	before := adapters()
	go b.serve()
	t.Cleanup(b.Unplug)
	create := make([]byte, eventSize)
	put := binary.NativeEndian
	put.PutUint32(create, eventCreate)
	copy(create[4:], "CP2112")
	put.PutUint16(create[260:], uint16(len(descriptor))) //nolint:gosec // some bytes
	put.PutUint16(create[262:], 3)                       // USB
	put.PutUint32(create[264:], 0x10C4)
	put.PutUint32(create[268:], 0xEA90)
	copy(create[280:], descriptor)
	if _, err := f.Write(create); err != nil {
		t.Fatal("uhid: ", err)
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for folder := range adapters() {
			if before[folder] {
				continue
			}
			path := "/dev/" + filepath.Base(folder)
			if _, err := os.Stat(path); err == nil {
				b.Path, b.Folder = path, folder
				return b
			}
		}
	}
	t.Fatal("the kernel made no I2C adapter of the bridge")
	return nil
}

// adapters are the folders of the bridges' buses.
func adapters() map[string]bool {
	found := map[string]bool{}
	all, _ := filepath.Glob("/sys/bus/i2c/devices/i2c-*")
	for _, folder := range all {
		if name, _ := os.ReadFile(filepath.Join(folder, "name")); strings.Contains(string(name), "CP2112") {
			found[folder] = true
		}
	}
	return found
}

// Unplug pulls the bridge out. It returns when nobody has its bus open any more.
func (b *Bridge) Unplug() {
	b.once.Do(func() {
		_ = b.send(eventDestroy, nil)
		close(b.stop)
		<-b.done
		_ = b.file.Close()
	})
}

func (b *Bridge) send(event uint32, data []byte) error {
	e := make([]byte, eventSize)
	binary.NativeEndian.PutUint32(e, event)
	copy(e[4:], data)
	_, err := b.file.Write(e)
	return err
}

// lookEvery is how often serve looks whether the bridge was pulled out.
const lookEvery = 100 * time.Millisecond

// serve answers the kernel until the bridge is pulled out. The kernel waits for 50 ms, as a chip of
// its own is never kept from answering by what else runs: nor is this thread.
func (b *Bridge) serve() {
	defer close(b.done)
	runtime.LockOSThread() // and never unlocked: the thread ends with it
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Policy: unix.SCHED_FIFO, Priority: 1}, 0)
	fd := int(b.file.Fd()) //nolint:gosec // a descriptor
	e := make([]byte, eventSize)
	for {
		select {
		case <-b.stop:
			return
		default:
		}
		if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(lookEvery.Milliseconds())); n == 0 || errors.Is(err, unix.EINTR) { //nolint:gosec // a descriptor
			continue
		}
		clear(e)
		if _, err := unix.Read(fd, e); err != nil {
			return
		}
		switch binary.NativeEndian.Uint32(e) {
		case eventOutput:
			b.output(e[4 : 4+min(64, binary.NativeEndian.Uint16(e[outputSize:]))])
		case eventGetReport:
			b.feature(e[4:8], e[8])
		case eventSetReport:
			_ = b.send(eventSetReportReply, append(append([]byte(nil), e[4:8]...), 0, 0))
		}
	}
}

// feature answers a question for a feature report.
func (b *Bridge) feature(id []byte, report byte) {
	answers := map[byte][]byte{
		reportVersion: {reportVersion, 0x0C, 0x02},
		reportConfig:  {reportConfig, 0x00, 0x01, 0x86, 0xA0, 0x02, 0, 0, 0, 0, 0, 0, 0, 0},
		0x02:          make([]byte, 5), // GPIO configuration
		0x03:          make([]byte, 2), // GPIO levels
	}
	reply := make([]byte, 8, 24)
	copy(reply, id)
	if a, ok := answers[report]; ok {
		a[0] = report
		binary.NativeEndian.PutUint16(reply[6:], uint16(len(a))) //nolint:gosec // some bytes
		reply = append(reply, a...)
	} else {
		binary.NativeEndian.PutUint16(reply[4:], 5) // EIO
	}
	_ = b.send(eventGetReportReply, reply)
}

// input sends a report.
func (b *Bridge) input(report []byte) {
	data := make([]byte, 2, 2+len(report))
	binary.NativeEndian.PutUint16(data, uint16(len(report))) //nolint:gosec // some bytes
	_ = b.send(eventInput, append(data, report...))
}

// output takes a report.
func (b *Bridge) output(r []byte) {
	if len(r) < 2 {
		return
	}
	addr := uint16(r[1] >> 1)
	switch {
	case r[0] == reportRead && len(r) >= 4:
		b.transfer(addr, nil, int(binary.BigEndian.Uint16(r[2:])))
	case r[0] == reportWriteRead && len(r) >= 5 && len(r) >= 5+int(r[4]):
		b.transfer(addr, r[5:5+r[4]], int(binary.BigEndian.Uint16(r[2:])))
	case r[0] == reportWrite && len(r) >= 3 && len(r) >= 3+int(r[2]):
		b.transfer(addr, r[3:3+r[2]], 0)
	case r[0] == reportAsk:
		b.input(b.status[:])
	case r[0] == reportForceRead:
		n := min(len(b.answer), maxChunk)
		data := make([]byte, 3+maxChunk)
		data[0], data[1], data[2] = reportData, statusDone, byte(n)
		copy(data[3:], b.answer[:n])
		b.answer = b.answer[n:]
		b.input(data)
	}
}

// transfer does one on the bus, and keeps how it went.
func (b *Bridge) transfer(addr uint16, w []byte, read int) {
	r := make([]byte, min(read, 512))
	err := b.device.Tx(addr, w, r)
	b.status = [7]byte{0: reportStatus, 1: statusDone, 2: 5}
	b.answer = r
	if err != nil {
		b.answer = nil
		b.status[1], b.status[2] = statusError, 3 // it ended early
		if errors.Is(err, i2csim.ErrNoAcknowledge) {
			b.status[2] = 0
		}
	}
	binary.BigEndian.PutUint16(b.status[5:], uint16(len(b.answer))) //nolint:gosec // bounded
}
