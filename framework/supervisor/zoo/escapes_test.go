package zoo

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/event"
)

// leastAttempts is how many ways out are tried at the least.
const leastAttempts = 40

// TestEscapes lets a plugin try to get out in every way that is known here. The
// host puts prey in its reach: a plugin that is not held would find it.
func TestEscapes(t *testing.T) {
	t.Parallel()
	escapes(t)
}

func escapes(t *testing.T) {
	a := Animal{Name: "escapes", Needs: Isolation}
	if why := lacks(a); why != "" {
		t.Skip(why)
	}
	dir, err := os.MkdirTemp("", "prey")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	prey, err := newPrey(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer prey.close()
	inherited(t, prey)
	t.Log("what is enforced: " + enforced.Summary())
	r := newRig(t, a, prey.text())
	r.await("all was tried", func() bool { return r.said("escapes are over") })
	r.mu.Lock()
	tried := 0
	for _, line := range r.logs {
		what, ok := strings.CutPrefix(line, "escape ")
		if !ok {
			continue
		}
		tried++
		name, result, _ := strings.Cut(what, ": ")
		t.Run(name, func(t *testing.T) {
			if !strings.HasPrefix(result, "held") {
				t.Errorf("it got out: %s", result)
			} else {
				t.Log(result)
			}
		})
	}
	failed := r.came(event.StateFailed) >= 0
	r.mu.Unlock()
	if tried < leastAttempts {
		t.Errorf("only %d ways were tried", tried)
	}
	if n := prey.reached.Load(); n != 0 {
		t.Errorf("the host's sockets were reached %d times", n)
	}
	if b, err := os.ReadFile(prey.File); err != nil || string(b) != prey.Secret+"!" {
		t.Errorf("the host's file was changed: %q, %v", b, err)
	}
	if failed {
		t.Errorf("it did not live through it:\n%s", r.tell())
	}
	r.grows(20)
	r.finish()
}

// inherited leaves a descriptor open that children inherit if nobody sees to it,
// a variable and a segment, all with the word.
func inherited(t *testing.T, p *Prey) {
	fd, err := unix.Open(p.File, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	os.Setenv("AISLE_ZOO_SECRET", p.Secret+"!") //nolint:usetesting // the test is parallel to others, which don't look
	t.Cleanup(func() { os.Unsetenv("AISLE_ZOO_SECRET") })
	id, err := unix.SysvShmGet(p.Key, 4096, unix.IPC_CREAT|0o666)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.SysvShmCtl(id, unix.IPC_RMID, nil) })
}

// said reports whether a line was logged. The lock is held.
func (r *rig) said(what string) bool {
	for _, l := range r.logs {
		if strings.HasPrefix(l, what) {
			return true
		}
	}
	return false
}
