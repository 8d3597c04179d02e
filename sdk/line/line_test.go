package line

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
)

func TestFrames(t *testing.T) {
	for _, f := range []Frame{"8N1", "7E1", "7O2", "8N2"} {
		if m, err := f.mode(9600); err != nil || m.BaudRate != 9600 {
			t.Errorf("%s: %v", f, err)
		}
	}
	for _, f := range []Frame{"", "8N", "9N1", "8X1", "8N3", "8N11"} {
		if _, err := f.mode(9600); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", f, err)
		}
	}
}

// A read ends by its deadline, with what came; one under way ends with Close.
func TestConnection(t *testing.T) {
	near, far := net.Pipe()
	l := On(near, "peer")
	var b [8]byte
	if _, err := l.ReadWithin(b[:], time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	go func() { _, _ = far.Write([]byte("x")) }()
	if n, err := l.ReadWithin(b[:], time.Minute); n != 1 || err != nil {
		t.Error(n, err)
	}
	go func() { _ = l.Close() }()
	if _, err := l.ReadWithin(b[:], time.Minute); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// What can't be opened says at which attribute.
func TestUnavailable(t *testing.T) {
	if _, err := Serial("/dev/none", 9600, "8N1"); fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "port" {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	if _, err := Dial(t.Context(), addr, time.Minute); fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "addr" {
		t.Error(err)
	}
}
