package supervisor

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// spawnerThread says where a goroutine began that was to have a thread that ends
// with it, and where it came to run.
func spawnerThread() {
	done := make(chan struct{})
	go func() {
		before := firstThread()
		onThread(func() { fmt.Print(before, " ", firstThread()); close(done) })
	}()
	<-done
	os.Exit(0)
}

// TestSpawnerThread has a supervisor's spawner begin on the process's first
// thread, as it does where that is the one that has nothing else to do: it starts
// plugins from another.
func TestSpawnerThread(t *testing.T) {
	cmd := exec.Command(os.Args[0], "thread")
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // then it mostly begins there
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), " false") {
		t.Errorf("it began on the first thread and stayed there: %q, %v", out, err)
	}
	t.Logf("%q", out)
}
