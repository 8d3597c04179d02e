package agenttest

import (
	"io"
	"net"
	"testing"
	"time"
)

// What is sent over a line that is cut arrives when it is mended, and not before.
func TestWire(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	w, err := NewWire(far.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 2)
	go func() {
		c, err := far.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b := make([]byte, 1)
		for range 2 {
			if _, err := io.ReadFull(c, b); err != nil {
				return
			}
			got <- string(b)
		}
		_, _ = io.Copy(io.Discard, c)
	}()
	near, err := net.Dial("tcp", w.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	send := func(s string) {
		if _, err := io.WriteString(near, s); err != nil {
			t.Fatal(err)
		}
	}
	send("a")
	if s := <-got; s != "a" {
		t.Errorf("%q came over the whole line", s)
	}
	w.Cut()
	send("b")
	select {
	case s := <-got:
		t.Errorf("%q came over the cut line", s)
	case <-time.After(50 * time.Millisecond):
	}
	w.Mend()
	if s := <-got; s != "b" {
		t.Errorf("%q came over the mended line", s)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := near.Read(make([]byte, 1)); err == nil {
		t.Error("a connection outlived its line")
	}
}
