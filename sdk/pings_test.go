package sdk_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// HTTP/2's frames (RFC 9113, section 6) as far as they are needed.
const (
	frameHead     = 9
	frameSettings = 4
	framePing     = 6
	frameGoAway   = 7
	flagAck       = 1

	settingStreams = 3
	settingBytes   = 6
)

// setting finds one of a frame's settings.
func setting(body []byte, id uint16) (value uint32, told bool) {
	for ; len(body) >= settingBytes; body = body[settingBytes:] {
		if binary.BigEndian.Uint16(body) == id {
			return binary.BigEndian.Uint32(body[2:]), true
		}
	}
	return 0, false
}

// A host that hears nothing pings, and is not taken for an attacker: a plugin
// that hung up on it would take its devices along. It takes 64 streams at once.
func TestPings(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	lis, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- sdk.ServeTest(ctx, lis, testPlugin) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	c, err := net.Dial("unix", lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	const pings = 10
	hello := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 0, 0, 0, frameSettings, 0, 0, 0, 0, 0)
	for range pings {
		hello = append(hello, 0, 0, 8, framePing, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	}
	if _, err := c.Write(hello); err != nil {
		t.Fatal(err)
	}
	for answers := 0; answers < pings; {
		head := make([]byte, frameHead)
		if _, err := io.ReadFull(c, head); err != nil {
			t.Fatalf("after %d answers: %v", answers, err)
		}
		body := make([]byte, binary.BigEndian.Uint32(append([]byte{0}, head[:3]...)))
		if _, err := io.ReadFull(c, body); err != nil {
			t.Fatal(err)
		}
		switch head[3] {
		case frameSettings:
			if n, told := setting(body, settingStreams); head[4] != flagAck && (!told || n != 64) {
				t.Errorf("it takes %d streams at once, told: %t; want 64", n, told)
			}
		case framePing:
			if head[4] != flagAck {
				t.Fatal("it pings by itself")
			}
			answers++
		case frameGoAway:
			t.Fatalf("it hangs up after %d answers: %q", answers, body[8:])
		}
	}
}
