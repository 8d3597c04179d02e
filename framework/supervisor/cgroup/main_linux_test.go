package cgroup

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The test program is all that is bounded in the tests, too: its first argument
// says which.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if run, ok := modes[os.Args[1]]; ok {
			run()
			os.Exit(0)
		}
	}
	goleak.VerifyTestMain(m)
}

// forever waits to be killed. A program that has nothing but an empty select ends
// by itself: the runtime calls it a deadlock.
func forever() {
	for {
		time.Sleep(time.Hour)
	}
}

var modes = map[string]func(){
	"nothing": func() {},
	"wait":    func() { fmt.Println("waiting"); forever() },
	"eat": func() {
		var all [][]byte
		for range 64 {
			b := make([]byte, 8<<20)
			for i := range b {
				b[i] = byte(i)
			}
			all = append(all, b)
		}
		fmt.Println("ate", len(all))
	},
	"fork": func() {
		for n := 0; ; n++ {
			if err := exec.Command("/proc/self/exe", "wait").Start(); err != nil {
				fmt.Println("forked", n)
				forever()
			}
			if n == 200 {
				fmt.Println("forked on and on")
				forever()
			}
		}
	},
	"burn": func() {
		fmt.Println("burning")
		for {
			runtime.KeepAlive(0)
		}
	},
	// leave leaves a grandchild in a session of its own.
	"leave": func() {
		cmd := exec.Command("/proc/self/exe", "wait")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		fmt.Println(cmd.Process.Pid)
	},
	// host is a host that is going to be killed.
	"host": func() {
		h := Open()
		g := h.New("acme", Limits{Memory: Memory})
		cmd := exec.Command("/proc/self/exe", "wait")
		if err := startIn(g, cmd); err != nil {
			panic(err)
		}
		fmt.Println(cmd.Process.Pid, strings.Join(dirs(g), " "))
		forever()
	},
	// visit has a thread, and not its first, in a group, until its input ends.
	"visit": func() {
		runtime.LockOSThread() // init runs on the first thread, and so does this
		away := make(chan error)
		go func() {
			runtime.LockOSThread()
			away <- write(os.Args[2], "tasks", strconv.Itoa(unix.Gettid()))
			forever()
		}()
		fmt.Println("visiting", <-away)
		_, _ = os.Stdin.Read(make([]byte, 1)) // its end is all there is
	},
	"enforced": func() {
		child := exec.Command("/proc/self/exe", "wait") // it moves along
		if err := child.Start(); err != nil {
			panic(err)
		}
		before := threadGroups()
		h := Open()
		g := h.New("acme", ByClass())
		for _, m := range g.Enforced() {
			fmt.Printf("%s %s %s;", m.Limit, m.By, m.Why)
		}
		cmd := exec.Command("/proc/self/exe", "wait")
		if err := startIn(g, cmd); err != nil {
			panic(err)
		}
		err := g.Close(context.Background())
		if cmd.Process.Kill() == nil { // where nothing else does
			_ = cmd.Wait()
		}
		fmt.Println(err, h.Close())
		if after := threadGroups(); after != before {
			fmt.Println("moved to", after)
		}
		if child.Process.Kill() == nil {
			_ = child.Wait() // it was killed
		}
	},
}

func dirs(g *Group) []string {
	var all []string
	for _, p := range g.list() {
		all = append(all, p.dir)
	}
	return all
}

// startIn starts a command in a group from a thread of its own.
func startIn(g *Group, cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		before := threadGroups()
		err := g.Start(cmd.SysProcAttr, func() (int, error) {
			if err := cmd.Start(); err != nil {
				return 0, err
			}
			return cmd.Process.Pid, nil
		})
		if after := threadGroups(); err == nil && after != before {
			err = fmt.Errorf("the thread was in\n%s and is in\n%s", before, after)
		}
		done <- err
	}()
	return <-done
}

func threadGroups() string {
	b, err := os.ReadFile("/proc/thread-self/cgroup")
	if err != nil {
		panic(err)
	}
	return string(b)
}

// asRoot opens a host, and skips a test where nothing can be enforced.
func asRoot(t *testing.T) *Host {
	t.Helper()
	h := Open()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		for _, tr := range h.trees {
			if _, err := os.Stat(tr.dir); err == nil {
				t.Errorf("%s is left", tr.dir)
			}
		}
	})
	if len(h.trees) == 0 {
		t.Skip("no control group can be made here: ", h.why)
	}
	return h
}

func needs(t *testing.T, h *Host, limit string) {
	t.Helper()
	if h.by(limit) == nil {
		t.Skipf("nothing enforces %s here: %s", limit, h.why[limit])
	}
}

// begin starts the test program in a mode, in a group, and returns it with its
// first line.
func begin(t *testing.T, g *Group, mode string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", mode)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := startIn(g, cmd); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // gone, mostly
		_ = cmd.Wait()         // the tests look at the state
	})
	line, _ := bufio.NewReader(out).ReadString('\n') // one that is killed says nothing
	return cmd, strings.TrimSpace(line)
}

func closeGroup(t *testing.T, g *Group) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	left := dirs(g)
	if err := g.Close(ctx); err != nil {
		t.Error(err)
	}
	for _, d := range left {
		if _, err := os.Stat(d); err == nil {
			t.Errorf("%s is left", d)
		}
	}
	if u := g.Usage(); u != (Usage{}) {
		t.Errorf("after close: %+v", u)
	}
}

// watch returns a function that waits until a process has ended.
func watch(t *testing.T, pid string) func() bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.PidfdOpen(n, 0)
	if err != nil {
		t.Fatalf("process %d: %v", n, err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	return func() bool {
		for {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 10_000)
			if err != unix.EINTR {
				return n == 1
			}
		}
	}
}
