package evidencebench

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
)

// rawArg makes a process the other end of the bare socket.
const rawArg = "bench-wire-raw"

// What a connection to the raw process asks for, in its first 13 bytes: a
// letter, a count and a rate.
const (
	rawEcho  = 'e' // every 64 bytes back
	rawBatch = 'b' // so many events, 256 a write
	rawEach  = 'w' // so many events at a rate, a write each
)

const (
	rawAsk = 13
	// rawPing is the size of a call and its answer.
	rawPing = 64
	// rawEvent is the size of an event with its length: the fields of a tag as
	// they stand in memory.
	rawEvent = 4 + 96
	rawMany  = 256
)

// event is what a tag's event holds when nothing is left out.
type event struct {
	handle                 uint32
	epoch, seq             uint64
	onset, settled, offset int64
	epc                    [24]byte
	antenna, power, reads  int32
	direction, confidence  int32
	_                      uint32
}

func (e *event) append(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, rawEvent-4)
	b = le.AppendUint32(b, e.handle)
	b = le.AppendUint64(b, e.epoch)
	b = le.AppendUint64(b, e.seq)
	b = le.AppendUint64(b, uint64(e.onset))   //nolint:gosec // its bits
	b = le.AppendUint64(b, uint64(e.settled)) //nolint:gosec // its bits
	b = le.AppendUint64(b, uint64(e.offset))  //nolint:gosec // its bits
	b = append(b, e.epc[:]...)
	for _, v := range [...]int32{e.antenna, e.power, e.reads, e.direction, e.confidence, 0, 0} {
		b = le.AppendUint32(b, uint32(v)) //nolint:gosec // its bits
	}
	return b
}

func (e *event) read(b []byte) {
	le := binary.LittleEndian
	e.handle, e.epoch, e.seq = le.Uint32(b), le.Uint64(b[4:]), le.Uint64(b[12:])
	e.onset, e.settled, e.offset = int64(le.Uint64(b[20:])), int64(le.Uint64(b[28:])), int64(le.Uint64(b[36:])) //nolint:gosec // its bits
	copy(e.epc[:], b[44:])
	e.antenna, e.power, e.reads = int32(le.Uint32(b[68:])), int32(le.Uint32(b[72:])), int32(le.Uint32(b[76:])) //nolint:gosec // its bits
	e.direction, e.confidence = int32(le.Uint32(b[80:])), int32(le.Uint32(b[84:]))                             //nolint:gosec // its bits
}

// rawPeer is the other process and where it listens.
type rawPeer struct {
	cmd   *exec.Cmd
	dir   string
	stop  context.CancelFunc
	bound func() error // ends its bounds
}

// startRaw starts the other process. A bound one has the limits that the plugin
// beside it has, in a control group of its own: what the kernel takes for these
// is then on both sides of a ratio.
func startRaw(ctx context.Context, bound bool) (p *rawPeer, err error) {
	p = &rawPeer{bound: func() error { return nil }}
	if p.dir, err = os.MkdirTemp("", "aisle-bench-"); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.cmd = exec.CommandContext(ctx, self, rawArg, p.dir)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil && bound {
		err = p.startBound()
	} else if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.stop()
		return nil, errors.Join(err, p.bound(), os.RemoveAll(p.dir))
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, errors.Join(fmt.Errorf("the raw process did not start: %w", err), p.close())
	}
	return p, nil
}

func (p *rawPeer) close() error {
	p.stop()
	_ = p.cmd.Wait() // it was killed, and says so
	return errors.Join(p.bound(), os.RemoveAll(p.dir))
}

// startBound starts the process within the limits of a gate's plugin.
func (p *rawPeer) startBound() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	groups := cgroup.Open()
	group := groups.New("raw", cgroup.ByClass("gate"))
	p.bound = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return errors.Join(group.Close(ctx), groups.Close())
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{}
	return group.Start(p.cmd.SysProcAttr, func() (int, error) {
		if err := p.cmd.Start(); err != nil {
			return 0, err
		}
		return p.cmd.Process.Pid, nil
	})
}

func (p *rawPeer) dial(what byte, count, rate int) (net.Conn, error) {
	conn, err := net.Dial("unix", filepath.Join(p.dir, "raw"))
	if err != nil {
		return nil, err
	}
	ask := binary.LittleEndian.AppendUint64([]byte{what}, uint64(count)) //nolint:gosec // not negative
	ask = binary.LittleEndian.AppendUint32(ask, uint32(rate))            //nolint:gosec // small
	if _, err := conn.Write(ask); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// serveRaw is the other process.
func serveRaw(dir string) error {
	lis, err := net.Listen("unix", filepath.Join(dir, "raw"))
	if err != nil {
		return err
	}
	stream, err := serveEach(dir)
	if err != nil {
		return err
	}
	defer stream.Stop()
	echo, err := serveEcho(dir)
	if err != nil {
		return err
	}
	defer echo.Stop()
	fmt.Fprintln(os.Stdout, "ready")
	var served sync.WaitGroup
	defer served.Wait()
	for {
		conn, err := lis.Accept()
		if err != nil {
			return err
		}
		served.Go(func() {
			defer func() { _ = conn.Close() }()
			_ = serveRawConn(conn) // the other end counts what came
		})
	}
}

func serveRawConn(conn net.Conn) error {
	var ask [rawAsk]byte
	if _, err := io.ReadFull(conn, ask[:]); err != nil {
		return err
	}
	count, rate := int(binary.LittleEndian.Uint64(ask[1:])), int(binary.LittleEndian.Uint32(ask[9:])) //nolint:gosec // our own
	e := event{handle: 1, epoch: 1 << 50, antenna: 1, power: -5500, reads: 3, direction: 2, confidence: 900_000}
	switch ask[0] {
	case rawEcho:
		var b [rawPing]byte
		for {
			if _, err := io.ReadFull(conn, b[:]); err != nil {
				return err
			}
			if _, err := conn.Write(b[:]); err != nil {
				return err
			}
		}
	case rawBatch:
		b := make([]byte, 0, rawMany*rawEvent)
		at := time.Now().UnixMicro()
		for n := 0; n < count; {
			b = b[:0]
			for range rawMany {
				n++
				e.fill(n, at+int64(n)*50)
				b = e.append(b)
			}
			if _, err := conn.Write(b); err != nil {
				return err
			}
		}
	case rawEach:
		b := make([]byte, 0, rawEvent)
		return pace(context.Background(), rate, count, func(n int) {
			e.fill(n, time.Now().UnixMicro())
			_, _ = conn.Write(e.append(b[:0])) // the other end misses it
		})
	}
	return nil
}

func (e *event) fill(n int, at int64) {
	e.seq, e.onset, e.settled = uint64(n), at, at+300_000 //nolint:gosec // not negative
	copy(e.epc[:], codes[n%len(codes)])
}
