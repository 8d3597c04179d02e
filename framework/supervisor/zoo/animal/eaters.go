//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// eaters are those that take more than their share. What they get is printed:
// how much it was, and what stopped them. Each has an end of its own, so that a
// host without limits is not brought down.
var eaters = map[string]func(){
	"eats memory":      func() { eat(memory) },
	"eats descriptors": func() { eat(descriptors) },
	"eats processes":   func() { eat(processes) },
	"eats threads":     func() { eat(threads) },
	"eats the disk":    func() { eat(disk) },
	"eats shared memory": func() {
		eat(func() (int, error) { return fill("/dev/shm") })
	},
	"eats processor time": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			for range 4 * runtime.NumCPU() {
				go func() {
					for {
					}
				}()
			}
			d.run = nil
			return d.live(ctx, d.emit)
		}})
	},
	"files in its directory": func() {
		eat(func() (int, error) {
			dir := os.Getenv("PLUGIN_UNIX_SOCKET_DIR")
			for n := range 2000 {
				if err := os.MkdirAll(filepath.Join(dir, fmt.Sprint(n%10), fmt.Sprint(n)), 0o700); err != nil {
					return n, err
				}
			}
			_ = os.Chmod(filepath.Join(dir, "3"), 0) // and makes it hard to clear up
			return 2000, nil
		})
	},
}

// The ends that eaters have of their own.
const (
	mostMemory      = 2 << 30
	mostDescriptors = 100_000
	mostProcesses   = 2000
	mostThreads     = 5000
	mostDisk        = 2 << 30
)

func eat(what func() (int, error)) {
	serve(habits{run: func(ctx context.Context, d device) error {
		_ = d.env.Link.Flush(ctx)
		go func() {
			n, err := what()
			say("ate %d, then: %v", n, err)
		}()
		d.run = nil
		return d.live(ctx, d.emit)
	}})
}

func memory() (int, error) {
	var kept [][]byte
	for n := 0; n < mostMemory; n += 16 << 20 {
		b, err := unix.Mmap(-1, 0, 16<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_POPULATE)
		if err != nil {
			return n, err
		}
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
	}
	runtime.KeepAlive(kept)
	return mostMemory, nil
}

func descriptors() (int, error) {
	for n := range mostDescriptors {
		if _, err := unix.Open("/dev/null", unix.O_RDONLY, 0); err != nil {
			return n, err
		}
	}
	return mostDescriptors, nil
}

func processes() (int, error) {
	for n := range mostProcesses {
		p, err := os.StartProcess("/proc/self/exe", []string{"zoo", childName, token, "sleep"},
			&os.ProcAttr{Env: []string{"GOMAXPROCS=1"}, Sys: &syscall.SysProcAttr{Setsid: true}})
		if err != nil {
			return n, err
		}
		_ = p.Release()
	}
	return mostProcesses, nil
}

func threads() (int, error) {
	var limit unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_NPROC, &limit)
	say("processes allowed: %d", limit.Cur)
	for n := range mostThreads {
		go func() {
			runtime.LockOSThread()
			time.Sleep(time.Hour)
		}()
		if n%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
	return mostThreads, nil
}

func disk() (int, error) { return fill(os.Getenv("TMPDIR")) }

func fill(dir string) (int, error) {
	// SIGXFSZ is the kernel's way to tell of RLIMIT_FSIZE; Go ignores it.
	b := make([]byte, 1<<20)
	total := 0
	for file := 0; total < mostDisk; file++ {
		w, err := os.Create(filepath.Join(dir, fmt.Sprintf("full-%d", file)))
		if err != nil {
			return total, err
		}
		for n := 0; n < 64 && total < mostDisk; n++ {
			k, err := w.Write(b)
			total += k
			if err != nil {
				w.Close()
				return total, err
			}
		}
		w.Close()
	}
	return total, nil
}
