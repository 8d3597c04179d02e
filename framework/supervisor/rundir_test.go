package supervisor

import (
	"os"
	"testing"
)

// A host that begins while another sweeps has a directory all the same.
func TestSweptWhileMade(t *testing.T) {
	under, err := os.MkdirTemp("", "r") // short, for sockets
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(under)
	done, swept := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(swept)
		for {
			select {
			case <-done:
				return
			default:
				sweep(under)
			}
		}
	}()
	for range 500 {
		d := &rundir{under: under}
		dir, err := d.instance()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); err != nil {
			t.Fatal(err)
		}
		if err := d.close(); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	<-swept
	if left, err := os.ReadDir(under); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
