package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// What a process could not enter bounds nothing, and its report says so.
func TestBoundsThatFail(t *testing.T) {
	s := supervise(t, Options{})
	h := s.with.groups.open()
	probe := h.New("probe", cgroup.ByClass())
	b := boundsOf(probe)
	if err := probe.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if b.memory != "control group v1" {
		t.Skipf("memory is bounded by %q, whose group this test can't take away", b.memory)
	}
	name := fmt.Sprintf("boundless-%d", os.Getpid())
	// Its group goes as soon as it is there.
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			default:
			}
			for _, at := range []string{"", "*", "*/*"} {
				l, _ := filepath.Glob(filepath.Join("/sys/fs/cgroup/memory", at, "aisle-*", name+"-*")) // a good pattern
				for _, d := range l {
					_ = os.Remove(d) // not while somebody is in it
				}
			}
		}
	}()
	sp := spec("serve")
	sp.Name = name
	in, err := s.Start(t.Context(), sp)
	close(done)
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	m, _ := in.Isolation().Measure(sandbox.Memory)
	if got := boundsOf(in.launch.proc.group).memory; (got == "") != (m.State != sandbox.Enforced) || strings.Contains(m.By, "group") != (got != "") {
		t.Errorf("bounded by %q, and reports %v", got, m)
	}
	t.Log(m)
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
}
