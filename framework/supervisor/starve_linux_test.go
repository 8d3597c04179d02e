package supervisor

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
	"github.com/openaisle/aisle/sdk"
)

func init() {
	modes["hog"] = func() {
		go func() {
			var all [][]byte
			for range 1024 {
				b := make([]byte, 8<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				all = append(all, b)
			}
			fmt.Fprintln(os.Stderr, "took", len(all))
		}()
		sdk.Serve(testPlugin())
	}
}

// TestStarved: a plugin that takes more memory than it may is killed, and the
// cause says why.
func TestStarved(t *testing.T) {
	s := supervise(t, Options{})
	h := s.with.groups.open()
	g := h.New("probe", cgroup.ByClass())
	for _, m := range g.Enforced() {
		if m.Limit == cgroup.LimitMemory && m.By == cgroup.ByNone {
			t.Skip("nothing limits memory here: ", m.Why)
		}
	}
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	in, err := s.Start(t.Context(), spec("hog"))
	if err == nil {
		<-in.Done()
		err = in.Err()
		if stop := in.Stop(); stop != nil {
			t.Error(stop)
		}
	}
	if !strings.Contains(err.Error(), "signal: killed, for it took more memory than it may") {
		t.Errorf("got %v", err)
	}
}
