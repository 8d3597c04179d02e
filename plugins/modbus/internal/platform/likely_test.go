package platform

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/simonvetter/modbus"

	"github.com/openaisle/aisle/plugins/modbus/internal/master"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
)

// crc is that of Modbus over serial line 1.02, 6.2.2.
func crc(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, c := range b {
		sum ^= uint16(c)
		for range 8 {
			odd := sum&1 == 1
			if sum >>= 1; odd {
				sum ^= 0xA001
			}
		}
	}
	return sum
}

// served gives an address whose every connection is served.
func served(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
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
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().String()
}

// asked answers every question of an address for two registers.
func asked(t *testing.T, size int, answer func(question []byte) []byte) string {
	t.Helper()
	return served(t, func(c net.Conn) { answers(c, size, answer) })
}

func answers(c net.Conn, size int, answer func(question []byte) []byte) {
	for question := make([]byte, size); ; {
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		if _, err := c.Write(answer(question)); err != nil {
			return
		}
	}
}

// What is most likely wrong is told of a device that never answered, in the same words at each
// try: the speed where there is noise and no frame, the unit where nothing comes.
func TestNotUnderstood(t *testing.T) {
	noise := func([]byte) []byte { return []byte("\x00\xf8\x80\xfe\x00\xe6\x98\x06") }
	nothing := func([]byte) []byte { return nil }
	first := func(q []byte) []byte { // unit 1 alone is there
		if q[0] != 1 {
			return nil
		}
		answer := []byte{1, q[1], 4, 0, 0, 1, 0xF4}
		return binary.LittleEndian.AppendUint16(answer, crc(answer))
	}
	for name, c := range map[string]struct {
		rtu    bool
		answer func([]byte) []byte
		before bool // unit 1 is opened first
		says   string
	}{
		"noise":           {true, noise, false, "bytes arrive, but no frame of Modbus RTU is among them: is the speed right (baud and frame)?"},
		"nothing":         {true, nothing, false, "nothing answers at unit 7: is it on, is that its unit, and is the speed right (baud and frame)?"},
		"others":          {true, first, true, "nothing answers at unit 7, and others on the line do: is it on, and is that its unit?"},
		"no Modbus":       {false, func([]byte) []byte { return []byte("HTTP/1.1 400 Bad Request\r\n\r\n") }, false, "no frame of Modbus/TCP is among them: is it a serial server, which needs rtu = true?"},
		"nothing at once": {false, nothing, false, "nothing answers at unit 7: is it on, and is that its unit?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			size := 12
			if c.rtu {
				size = 8
			}
			addr := asked(t, size, c.answer)
			var lines Lines
			open := func(unit int) error {
				s, err := lines.Shelf(t.Context(), sdk.Env{}, Shelf{
					Line: Line{Addr: addr, RTU: c.rtu, Unit: unit, Answer: 200 * time.Millisecond}, Bays: []Bay{{Kind: "holding", Type: "int32", Order: "ABCD", Grams: 1, Status: -1}},
					Poll: time.Second, Division: measure.Gram, MinChange: 5 * measure.Gram, Hold: time.Second,
				})
				if err == nil {
					t.Cleanup(func() { _ = s.(*loadCells).Close() })
				}
				return err
			}
			if c.before {
				if err := open(1); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if err := open(7); fault.CodeOf(err) != fault.Unavailable || fault.PathOf(err) != "addr" || !strings.HasSuffix(err.Error(), c.says) {
					t.Errorf("%v", err)
				}
			}
		})
	}
}

// Devices of one line share it though they take unlike times to answer: two programs on one
// serial port would speak at once.
func TestOneLineForAll(t *testing.T) {
	var opened atomic.Int32
	addr := served(t, func(c net.Conn) {
		opened.Add(1)
		answers(c, 8, func(question []byte) []byte {
			answer := []byte{question[0], question[1], 4, 0, 0, 1, 0xF4}
			return binary.LittleEndian.AppendUint16(answer, crc(answer))
		})
	})
	var lines Lines
	var stations []*master.Station
	for unit, answer := range []time.Duration{10 * time.Second, 5 * time.Second, 20 * time.Second} {
		s, err := lines.join(&Line{Addr: addr, RTU: true, Unit: unit + 1, Answer: answer})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Leave)
		stations = append(stations, s)
	}
	for range 2 {
		for unit, s := range stations {
			if err := s.Ask("read", false, func(c *modbus.ModbusClient) error {
				_, err := c.ReadRegisters(0, 2, modbus.HOLDING_REGISTER)
				return err
			}); err != nil {
				t.Errorf("unit %d: %v", unit+1, err)
			}
		}
	}
	if n := opened.Load(); n > 2 { // the line was opened, and once more for the slowest
		t.Errorf("it was opened %d times", n)
	}
}
