package lease

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// With "hold DIR KEY" the test binary is another host that holds a lease.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "hold" {
		_, err := Take(os.Args[2], os.Args[3], Holder{Store: "other", Device: "gate.b\x1b[2J", PID: os.Getpid(), Epoch: 7, Since: time.Unix(0, 0)})
		fmt.Println("took", err)
		for { // until it is killed; a select of nothing would end as a deadlock
			time.Sleep(time.Hour)
		}
	}
	os.Exit(m.Run())
}

func TestOneHolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "leases")
	l, err := Take(dir, "acme/gate/1", Holder{Store: "s", Device: "gate.a", PID: 1, Epoch: 5, Since: time.Unix(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := Take(dir, "acme/gate/1", Holder{}); !errors.As(err, &held) || held.Holder.Device != "gate.a" || held.Holder.Epoch != 5 {
		t.Errorf("a second holder: %v", err)
	}
	if err := l.Renew(Holder{Store: "s", Device: "gate.a", PID: 1, Epoch: 6}); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, "acme/gate/1", Holder{}); !errors.As(err, &held) || held.Holder.Epoch != 6 {
		t.Errorf("renewed: %v", err)
	}
	other, err := Take(dir, "acme/gate/2", Holder{})
	if err != nil {
		t.Fatalf("another gate: %v", err)
	}
	other.Release()
	l.Release()
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	l, err = Take(dir, "acme/gate/1", Holder{})
	if err != nil {
		t.Fatalf("released: %v", err)
	}
	l.Release()
}

// A holder that dies without a word holds nothing, and what it wrote draws on no
// terminal.
func TestDeadHolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "leases")
	c := exec.Command(os.Args[0], "hold", dir, "k")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if line != "took <nil>\n" {
		t.Fatalf("the other host %s", line)
	}
	var held *HeldError
	if _, err := Take(dir, "k", Holder{}); !errors.As(err, &held) || held.Holder.PID != c.Process.Pid || strings.Contains(err.Error(), "\x1b") ||
		!strings.Contains(err.Error(), fmt.Sprintf("process %d", c.Process.Pid)) {
		t.Errorf("held: %q", err)
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	l, err := Take(dir, "k", Holder{})
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	l.Release()
}

// Many who take and release at once never hold it together.
func TestRace(t *testing.T) {
	dir := t.TempDir()
	var now, taken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				l, err := Take(dir, "k", Holder{})
				var held *HeldError
				if errors.As(err, &held) {
					continue
				}
				if err != nil {
					continue // others take it and let it go again and again
				}
				if now.Add(1) != 1 {
					t.Error("two holders")
				}
				taken.Add(1)
				now.Add(-1)
				l.Release()
			}
		})
	}
	wg.Wait()
	if taken.Load() == 0 {
		t.Error("nobody ever took it")
	}
}

func TestStrangeFiles(t *testing.T) {
	dir := t.TempDir()
	l, err := Take(dir, "k", Holder{})
	if err != nil {
		t.Fatal(err)
	}
	path := l.Path()
	l.Release()
	if err := os.Symlink(filepath.Join(dir, "victim"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(dir, "k", Holder{}); err == nil {
		t.Error("a link was followed")
	}
	if _, err := os.Stat(filepath.Join(dir, "victim")); err == nil {
		t.Error("a file was made through a link")
	}
	if _, err := Take(filepath.Join(dir, "no", "such"), "k", Holder{}); err == nil {
		t.Error("no folder, no error")
	}
}
