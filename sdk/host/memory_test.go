package host_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// mostMemory is what one plugin's messages may make its host hold.
const mostMemory = 16 << 20

// frames is a plugin at the level of HTTP/2 frames (RFC 9113), for what no
// library sends.
type frames struct {
	conn net.Conn

	mu      sync.Mutex
	credit  map[uint32]int // by stream; 0 is the connection's
	changed chan struct{}
	initial int
}

const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameUpdate = 0, 1, 3, 4, 6, 8

	settingWindow = 4
	endHeaders    = 4
	ack           = 1
)

func (f *frames) write(kind, flags byte, stream uint32, body []byte) error {
	head := []byte{byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body)), kind, flags}
	_, err := f.conn.Write(append(binary.BigEndian.AppendUint32(head, stream), body...))
	return err
}

// run answers what HTTP/2 asks for and calls observe for each stream that opens.
func (f *frames) run(observe func(stream uint32)) {
	preface := make([]byte, 24)
	if _, err := io.ReadFull(f.conn, preface); err != nil {
		return
	}
	_ = f.write(frameSettings, 0, 0, nil)
	var streams sync.WaitGroup
	defer streams.Wait()
	defer f.add(0, 1<<30) // nobody waits for credit any more
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(f.conn, head); err != nil {
			return
		}
		body := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(f.conn, body); err != nil {
			return
		}
		stream := binary.BigEndian.Uint32(head[5:])
		switch kind, flags := head[3], head[4]; {
		case kind == frameSettings && flags&ack == 0:
			for b := body; len(b) >= 6; b = b[6:] {
				if binary.BigEndian.Uint16(b) == settingWindow {
					f.initial = int(binary.BigEndian.Uint32(b[2:]))
				}
			}
			_ = f.write(frameSettings, ack, 0, nil)
		case kind == framePing && flags&ack == 0:
			_ = f.write(framePing, ack, 0, body)
		case kind == frameUpdate:
			f.add(stream, int(binary.BigEndian.Uint32(body)))
		case kind == frameReset: // the host had enough
			f.add(stream, 1<<30)
			f.add(0, 1<<30)
		case kind == frameHeaders:
			f.add(stream, f.initial)
			// :status 200 and the content type, without compression (RFC 7541).
			_ = f.write(frameHeaders, endHeaders, stream, append([]byte{0x88, 0x00, 12}, "content-type\x10application/grpc"...))
			streams.Go(func() { observe(stream) })
		}
	}
}

func (f *frames) add(stream uint32, n int) {
	f.mu.Lock()
	f.credit[stream] += n
	close(f.changed)
	f.changed = make(chan struct{})
	f.mu.Unlock()
}

// data sends bytes in frames of a size until all are gone or the host grants no
// more; stopped says which.
func (f *frames) data(stream uint32, b []byte, size int, over <-chan struct{}) (stopped bool) {
	for len(b) > 0 {
		n := min(size, len(b))
		f.mu.Lock()
		granted := f.credit[stream] >= n && f.credit[0] >= n
		if granted {
			f.credit[stream] -= n
			f.credit[0] -= n
		}
		changed := f.changed
		f.mu.Unlock()
		if granted {
			if f.write(frameData, 0, stream, b[:n]) != nil {
				return true
			}
			b = b[n:]
			continue
		}
		select {
		case <-changed:
		case <-over:
			return true
		}
	}
	return false
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What one plugin sends on its evidence stream makes the host hold no more than
// it may, in whatever pieces it comes.
func TestHostMemory(t *testing.T) {
	prefixed := func(b []byte) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b))), b...)
	}
	texts := func() []byte { // unpacks to far more than it takes
		b, err := proto.Marshal(&pb.ObserveResponse{Message: &pb.ObserveResponse_Batch{Batch: &pb.Batch{Texts: make([]string, 60_000)}}})
		if err != nil {
			t.Fatal(err)
		}
		return prefixed(b)
	}()
	for name, c := range map[string]struct {
		bytes  []byte
		size   int
		times  int
		unread bool // nobody reads the stream
	}{
		"one byte a frame":      {bytes: append([]byte{0, 0, 1, 0x7f, 0xff}, make([]byte, 96_000)...), size: 1, times: 1},
		"one byte and unread":   {bytes: make([]byte, wire.StreamWindow), size: 1, times: 1, unread: true},
		"great frames":          {bytes: append([]byte{0, 0, 1, 0x7f, 0xff}, make([]byte, 96_000)...), size: 16 << 10, times: 1},
		"empty messages":        {bytes: bytes.Repeat([]byte{0, 0, 0, 0, 0}, 1000), size: 5, times: 100},
		"many texts":            {bytes: texts, size: 16 << 10, times: 1},
		"a later kind for ever": {bytes: prefixed(append([]byte{0x7a, 0xff, 0x3f}, make([]byte, 0x1fff)...)), size: 100, times: 200},
	} {
		t.Run(name, func(t *testing.T) {
			lis, err := net.Listen("unix", filepath.Join(t.TempDir(), "p"))
			if err != nil {
				t.Fatal(err)
			}
			sent := make(chan struct{})
			over := make(chan struct{})
			var served sync.WaitGroup
			served.Go(func() {
				conn, err := lis.Accept()
				if err != nil {
					return
				}
				defer func() { _ = conn.Close() }()
				f := &frames{conn: conn, credit: map[uint32]int{0: 65_535}, changed: make(chan struct{}), initial: 65_535}
				f.run(func(stream uint32) {
					for range c.times {
						if f.data(stream, c.bytes, c.size, over) {
							break
						}
					}
					close(sent)
				})
			})
			conn, err := grpc.NewClient("unix:"+lis.Addr().String(), append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
			if err != nil {
				t.Fatal(err)
			}
			before := heap()
			p := host.New(conn)
			ctx, cancel := context.WithCancel(t.Context())
			var observed sync.WaitGroup
			if c.unread {
				if _, err := pb.NewPluginClient(conn).Observe(ctx); err != nil {
					t.Fatal(err)
				}
			} else {
				observed.Go(func() { _ = p.Observe(ctx, host.Sink{Batch: func(*host.Batch) {}}) })
			}
			<-sent
			after := heap()
			if after > before+mostMemory {
				t.Errorf("the host holds %d KiB more", (after-before)>>10)
			}
			t.Logf("%d KiB more", (int64(after)-int64(before))>>10)
			cancel()
			close(over)
			_ = conn.Close()
			_ = lis.Close()
			observed.Wait()
			served.Wait()
		})
	}
}

func TestDescriptionIsBounded(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	p, _ := plugin(t, &script{describe: &pb.DescribeResponse{Name: long, Version: long, Drivers: []*pb.Driver{{Name: long, Class: long, Doc: long}}}})
	d, err := p.Describe(t.Context())
	if err != nil || len(d.Name)+len(d.Version)+len(d.Drivers[0].Name)+len(d.Drivers[0].Class) > 1024 || len(d.Drivers[0].Doc) > 4<<10 {
		t.Errorf("%d bytes of name, %v", len(d.Name), err)
	}
	p, _ = plugin(t, &script{describe: &pb.DescribeResponse{Name: strings.Repeat("x", wire.MaxMessage)}})
	if _, err := p.Describe(t.Context()); err == nil {
		t.Error("a description over the limit was taken")
	}
}
