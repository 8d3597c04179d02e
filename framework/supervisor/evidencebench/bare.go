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
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/host"
)

const (
	// observeMethod is the stream that evidence travels on.
	observeMethod = "/aisle.plugin.v1.Plugin/Observe"
	// silence is how long nothing must come before all has been captured.
	silence = 300 * time.Millisecond
)

// raw is a codec of messages that are bytes already.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) {
	b, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("evidencebench: %T is no message", v)
	}
	return *b, nil
}

func (raw) Unmarshal(data []byte, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("evidencebench: %T is no message", v)
	}
	*b = append((*b)[:0], data...)
	return nil
}

func (raw) Name() string { return "raw" }

var streamDesc = &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}

// Capture returns the messages in which the plugin's reports travel, as bytes.
func Capture(ctx context.Context, reports int) (messages [][]byte, err error) {
	dir, err := os.MkdirTemp("", "aisle-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	lis, err := net.Listen("unix", filepath.Join(dir, "p"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- sdk.ServeTest(ctx, lis, plugin()) }()
	defer func() { cancel(); err = errors.Join(err, <-served) }()
	conn, err := dial(filepath.Join(dir, "p"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	_, err = host.New(conn).Open(ctx, host.OpenRequest{Handle: 1, Epoch: 1, Driver: Driver, Address: "weight_shelf.flood",
		Config: fmt.Appendf(nil, `{"reports":%d}`, reports)})
	if err != nil {
		return nil, err
	}
	return receiveAll(ctx, conn)
}

// receiveAll reads a stream until nothing more comes.
func receiveAll(ctx context.Context, conn *grpc.ClientConn) (messages [][]byte, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := conn.NewStream(ctx, streamDesc, observeMethod, grpc.ForceCodec(raw{}))
	if err != nil {
		return nil, err
	}
	quiet := time.AfterFunc(silence, cancel)
	defer quiet.Stop()
	for {
		var b []byte
		if err := stream.RecvMsg(&b); err != nil {
			if len(messages) == 0 {
				return nil, fmt.Errorf("nothing was captured: %w", err)
			}
			return messages, nil
		}
		messages = append(messages, b)
		quiet.Reset(silence)
	}
}

func dial(socket string) (*grpc.ClientConn, error) {
	return grpc.NewClient("unix:"+socket, append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
}

// Bare sends messages again and again from another process over a stream of
// nothing but gRPC, so many in all, and returns how many a second came.
func Bare(ctx context.Context, messages [][]byte, count int) (perSecond float64, err error) {
	dir, err := os.MkdirTemp("", "aisle-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	socket, frames := filepath.Join(dir, "b"), filepath.Join(dir, "frames")
	if err := writeFrames(frames, messages); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, self, bareArg, socket, frames)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return 0, err
	}
	defer func() { cancel(); _ = cmd.Wait() }() // it is killed, and says so
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return 0, fmt.Errorf("the bare stream did not start: %w", err)
	}
	conn, err := dial(socket)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return receive(ctx, conn, count)
}

func receive(ctx context.Context, conn *grpc.ClientConn, count int) (perSecond float64, err error) {
	stream, err := conn.NewStream(ctx, streamDesc, observeMethod, grpc.ForceCodec(raw{}))
	if err != nil {
		return 0, err
	}
	want := binary.BigEndian.AppendUint64(nil, uint64(count))
	if err := stream.SendMsg(&want); err != nil {
		return 0, err
	}
	var b []byte
	if err := stream.RecvMsg(&b); err != nil {
		return 0, err
	}
	start := time.Now() // the stream stands
	for range count - 1 {
		if err := stream.RecvMsg(&b); err != nil {
			return 0, err
		}
	}
	return float64(count-1) / time.Since(start).Seconds(), nil
}

// serveBare is the other process.
func serveBare(socket, frames string) error {
	messages, err := readFrames(frames)
	if err != nil {
		return err
	}
	lis, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	s := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		var want []byte
		if err := stream.RecvMsg(&want); err != nil {
			return err
		}
		if len(want) != 8 {
			return errors.New("no count")
		}
		for n := range binary.BigEndian.Uint64(want) {
			if err := stream.SendMsg(&messages[n%uint64(len(messages))]); err != nil {
				return err
			}
		}
		return nil
	}))
	fmt.Fprintln(os.Stdout, "ready")
	return s.Serve(lis)
}

func writeFrames(path string, messages [][]byte) error {
	var b []byte
	for _, m := range messages {
		b = binary.BigEndian.AppendUint32(b, uint32(len(m))) // a message is at most 4 MiB
		b = append(b, m...)
	}
	return os.WriteFile(path, b, 0o600)
}

func readFrames(path string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	in := bufio.NewReader(f)
	var messages [][]byte
	for {
		var n uint32
		err := binary.Read(in, binary.BigEndian, &n)
		if errors.Is(err, io.EOF) && len(messages) > 0 {
			return messages, nil
		}
		if err != nil {
			return nil, err
		}
		m := make([]byte, n)
		if _, err := io.ReadFull(in, m); err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
}
