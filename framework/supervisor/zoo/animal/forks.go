//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// forks are those that leave processes behind, or try to.
var forks = map[string]func(){
	"child holds the pipes": func() { spawn(nil, true, "sleep"); serve(habits{}) },
	"child holds the pipes, parent gone": func() {
		spawn(nil, true, "sleep")
		os.Exit(6)
	},
	"child in a session of its own":  func() { spawn(&syscall.SysProcAttr{Setsid: true}, false, "sleep"); serve(habits{}) },
	"child in a group of its own":    func() { spawn(&syscall.SysProcAttr{Setpgid: true}, false, "sleep"); serve(habits{}) },
	"child stopped in a session":     func() { spawn(&syscall.SysProcAttr{Setsid: true}, false, "stop"); serve(habits{}) },
	"daemon at start":                func() { spawn(&syscall.SysProcAttr{Setsid: true}, false, "daemon"); os.Exit(0) },
	"daemon that holds the pipes":    func() { spawn(&syscall.SysProcAttr{Setsid: true}, true, "daemon"); serve(habits{}) },
	"daemon made when asked to end":  func() { atEnd(func() { spawn(&syscall.SysProcAttr{Setsid: true}, false, "daemon") }) },
	"tree of children":               func() { spawn(&syscall.SysProcAttr{Setsid: true}, false, "tree", "3"); serve(habits{}) },
	"child that crashes with parent": func() { spawn(&syscall.SysProcAttr{Setsid: true}, true, "sleep"); crashes["crash while running"]() },
	"children without end": func() {
		serve(habits{run: func(ctx context.Context, _ device) error {
			go func() {
				for ctx.Err() == nil {
					spawn(&syscall.SysProcAttr{Setsid: true}, false, "brief")
				}
			}()
			return forEver(ctx)
		}})
	},
	"zombies": func() {
		for range 50 {
			spawn(nil, false, "end")
		}
		serve(habits{})
	},
}

// atEnd does something when the plugin is told to end, and goes on.
func atEnd(f func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	go func() { <-c; f() }()
	serve(habits{})
}

const childName = "child"

// spawn starts a child of this very program and does not wait for it. Where the
// host's measures refuse it, that is said and all goes on.
func spawn(attr *syscall.SysProcAttr, pipes bool, args ...string) {
	c := exec.Command("/proc/self/exe", append([]string{childName, token}, args...)...) //nolint:gosec // itself
	c.SysProcAttr, c.Env = attr, []string{}
	if pipes {
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
	}
	if err := c.Start(); err != nil {
		say("no child: %v", err)
	}
}

// child is what a child does.
func child(args []string) {
	signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT, syscall.SIGPIPE)
	switch args[0] {
	case "end":
		return
	case "brief":
		time.Sleep(20 * time.Millisecond)
		return
	case "stop":
		stopSelf()
	case "daemon": // twice removed
		spawn(&syscall.SysProcAttr{Setsid: true}, true, "sleep")
		return
	case "tree":
		if n, _ := strconv.Atoi(args[1]); n > 0 {
			for range 2 {
				spawn(&syscall.SysProcAttr{Setsid: true}, true, "tree", strconv.Itoa(n-1))
			}
		}
	}
	for {
		time.Sleep(time.Hour)
	}
}
