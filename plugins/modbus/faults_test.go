package main

import (
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// faulty is a Modbus/TCP server of a few lines whose two registers weigh
// 500 g, and whose answers can be wrong.
type faulty struct {
	spoil atomic.Pointer[func(c net.Conn, answer []byte)]
}

func (f *faulty) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go f.talk(c)
	}
}

// talk answers each question with the big-endian number 500 (Modbus Messaging
// on TCP/IP 1.0b, section 3.1.3: transaction, protocol 0, length, unit).
func (f *faulty) talk(c net.Conn) {
	defer c.Close()
	question := make([]byte, 12) // of reading registers
	for {
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		answer := append(question[:4:4], 0, 7, question[6], question[7], 4, 0, 0, 0x01, 0xF4)
		if spoil := f.spoil.Load(); spoil != nil {
			(*spoil)(c, answer)
			continue
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// A device that answers wrongly is lost with words for it, costs nobody else
// anything, and is heard again when it is right.
func TestFaults(t *testing.T) {
	t.Parallel()
	write := func(c net.Conn, b []byte) { _, _ = c.Write(b) } // who has hung up is seen by the next read
	for name, spoil := range map[string]func(c net.Conn, answer []byte){
		"silent":    func(net.Conn, []byte) {},
		"truncated": func(c net.Conn, b []byte) { write(c, b[:9]); _ = c.Close() },
		"slow": func(c net.Conn, b []byte) {
			for i := range b {
				write(c, b[i:i+1])
				time.Sleep(time.Second) // the fault itself
			}
		},
		"garbage":         func(c net.Conn, _ []byte) { write(c, []byte("HTTP/1.1 400 Bad Request\r\n\r\n")) },
		"lying length":    func(c net.Conn, b []byte) { binary.BigEndian.PutUint16(b[4:], 0xFFFF); write(c, b) },
		"no length":       func(c net.Conn, b []byte) { b[5] = 0; write(c, b) },
		"other protocol":  func(c net.Conn, b []byte) { b[2] = 5; write(c, b) },
		"other question":  func(c net.Conn, b []byte) { b[1]++; write(c, b) },
		"other unit":      func(c net.Conn, b []byte) { b[6] = 9; write(c, b) },
		"other function":  func(c net.Conn, b []byte) { b[7] = 4; write(c, b) },
		"too many words":  func(c net.Conn, b []byte) { write(c, append(append(b[:5:5], 9, b[6], b[7], 6), b[9:]...)) },
		"too few words":   func(c net.Conn, b []byte) { write(c, append(b[:5:5], 5, b[6], b[7], 2, 0, 0)) },
		"count that lies": func(c net.Conn, b []byte) { b[8] = 250; write(c, b) },
		"device failure":  func(c net.Conn, b []byte) { write(c, append(b[:5:5], 3, b[6], b[7]|0x80, 4)) },
		"no known error":  func(c net.Conn, b []byte) { write(c, append(b[:5:5], 3, b[6], b[7]|0x80, 0x77)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			f := &faulty{}
			go f.serve(l)
			r := classtest.Subject{Driver: "load_cells", Start: started, Config: config(t, map[string]any{
				"addr": l.Addr().String(), "poll": 20 * time.Millisecond, "hold": 100 * time.Millisecond, "answer": 2 * time.Second, "bay": []map[string]any{{"register": 0}},
			})}.Open(t)
			weighs500(t, r)
			f.spoil.Store(&spoil)
			r.Says("read register 0")
			f.spoil.Store(nil)
			r.Recover()
			weighs500(t, r)
		})
	}
}

func weighs500(t *testing.T, r *classtest.Rig) {
	t.Helper()
	if w := r.Next().Evidence.(observe.Weight); w.Mass != 500*measure.Gram {
		t.Errorf("%+v", w)
	}
}

// A gate that hangs up while it is opened is not there yet, and is opened again: what it
// did with the coil nobody waits for.
func TestGateHangsUpAtOpening(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1)) // half a question, and the cable is out
			_ = c.Close()
		}
	}()
	for _, d := range plugin().Drivers {
		if d.Name != "relay_gate" {
			continue
		}
		_, err = d.Open(t.Context(), sdk.Env{}, []byte(config(t, map[string]any{"addr": l.Addr().String(), "unlock": 3, "passed_in": 0, "passed_out": 1})))
	}
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("%v: code %v, want unavailable", err, fault.CodeOf(err))
	}
}
