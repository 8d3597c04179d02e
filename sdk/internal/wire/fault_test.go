package wire

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
)

// The same trouble has the same words at each try, whatever port this end of the connection
// has; and the other end's is told.
func TestSameTroubleSameWords(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := map[string]bool{}
	for range 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		other, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		_ = other.(*net.TCPConn).SetLinger(0) // it resets the connection
		_ = other.Close()
		_, err = bufio.NewReader(c).ReadByte()
		_ = c.Close()
		f := FaultOf(fault.At("addr", fault.Wrap(fault.Unavailable, "read the scale", err)))
		said[f.Op+" "+f.Message] = true
	}
	for text := range said {
		if len(said) != 1 || !strings.Contains(text, l.Addr().String()) || !strings.Contains(text, "reset by peer") {
			t.Errorf("said %q", text)
		}
	}
}
