package pins

import (
	"encoding/binary"
	"os"
	"testing"

	"github.com/warthog618/go-gpiocdev/uapi"
)

// What the kernel has is given although no time is left to wait for it, as on a machine that
// was busy until then.
func TestEventThatIsThere(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	r := &Request{chip: "/dev/gpiochip0", file: read, edges: true, numbers: map[uint32]int{17: 1}, order: order{next: 1}, lines: []Line{{Name: "A"}, {Name: "B"}}}
	defer r.Close()
	if e, ok, err := r.Event(0); ok || err != nil {
		t.Errorf("before any: %+v, %t, %v", e, ok, err)
	}
	for seq := range uint32(2) {
		b := make([]byte, eventSize)
		binary.NativeEndian.PutUint32(b[8:], uint32(uapi.LineEventRisingEdge))
		binary.NativeEndian.PutUint32(b[12:], 17)
		binary.NativeEndian.PutUint32(b[16:], seq+1)
		if _, err := write.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	for seq := range uint32(2) {
		if e, ok, err := r.Event(0); !ok || err != nil || e.Seq != seq+1 || e.Line != 1 || !e.On {
			t.Errorf("%+v, %t, %v", e, ok, err)
		}
	}
	if e, ok, err := r.Event(0); ok || err != nil {
		t.Errorf("after all: %+v, %t, %v", e, ok, err)
	}
}
