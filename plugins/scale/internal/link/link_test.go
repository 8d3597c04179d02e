package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/line"
)

// peer is a link whose other end answers as told.
func peer(t *testing.T, answer func(c net.Conn)) *Link {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer(far)
	}()
	l := New(line.On(near, "peer"))
	t.Cleanup(func() {
		_ = l.Close()
		_ = far.Close()
		<-done
	})
	return l
}

func whole(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }

// ask gives the first answer that is no echo.
func ask(l *Link, within time.Duration) (got string, err error) {
	err = l.Ask([]byte("?"), whole, func(a []byte) bool {
		if string(a) == "echo\n" {
			return false
		}
		got = string(a)
		return true
	}, 64, within)
	return got, err
}

func swallow(c net.Conn) bool {
	_, err := io.ReadFull(c, make([]byte, 1))
	return err == nil
}

func say(c net.Conn, text string) { _, _ = io.WriteString(c, text) }

func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(c net.Conn)
		want   string
		err    error
	}{
		"at once":         {func(c net.Conn) { swallow(c); say(c, "5 kg\n") }, "5 kg\n", nil},
		"in pieces":       {func(c net.Conn) { swallow(c); say(c, "5 "); say(c, "kg\n") }, "5 kg\n", nil},
		"after another's": {func(c net.Conn) { swallow(c); say(c, "echo\n5 kg\n") }, "5 kg\n", nil},
		"nothing":         {func(c net.Conn) { swallow(c) }, "", ErrSilent},
		"no end":          {func(c net.Conn) { swallow(c); say(c, strings.Repeat("x", 300)) }, "", ErrGarbled},
		"no whole one":    {func(c net.Conn) { swallow(c); say(c, "5 k") }, "", ErrGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within := 50 * time.Millisecond
			if c.err == nil {
				within = time.Minute
			}
			if got, err := ask(peer(t, c.answer), within); got != c.want || !errors.Is(err, c.err) {
				t.Errorf("%q, %v; want %q, %v", got, err, c.want, c.err)
			}
		})
	}
}

// A line that ends is told as that, and not as silence.
func TestGone(t *testing.T) {
	l := peer(t, func(c net.Conn) {
		swallow(c)
		_ = c.Close()
	})
	if _, err := ask(l, time.Minute); err == nil || errors.Is(err, ErrSilent) {
		t.Error(err)
	}
}

// An answer that comes late is none to the next question.
func TestLateAnswer(t *testing.T) {
	late := make(chan struct{})
	l := peer(t, func(c net.Conn) {
		swallow(c)
		<-late
		say(c, "old\n")
		swallow(c)
		say(c, "new\n")
	})
	if _, err := ask(l, 10*time.Millisecond); !errors.Is(err, ErrSilent) {
		t.Fatal(err)
	}
	close(late)
	for len(l.kept) == 0 { // it has come before the next question is asked
		var b [16]byte
		n, _ := l.line.ReadWithin(b[:], time.Minute)
		l.kept = append(l.kept, b[:n]...)
	}
	if got, err := ask(l, time.Minute); err != nil || got != "new\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// A byte now and then keeps nobody beyond the deadline.
func TestDrip(t *testing.T) {
	l := peer(t, func(c net.Conn) {
		swallow(c)
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	if _, err := ask(l, 30*time.Millisecond); !errors.Is(err, ErrGarbled) {
		t.Error(err)
	}
}
