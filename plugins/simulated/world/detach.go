package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// readyFD is the descriptor on which a detached world says that it serves. Its
// number is told by the environment, so that nobody can ask for it by mistake.
const (
	readyEnv = "AISLE_WORLD_READY_FD"
	readyFD  = 3
	readyYes = "ready\n"
)

// detach starts this program again without -detach, in a session of its own,
// and returns when it serves. Its starter is then nobody's parent: the world is
// adopted by init. Its output goes to world.log in the data folder.
func detach(ctx context.Context, args []string, f flags, stdout io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.data, 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(f.data, "world.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command(self, without(args, "detach")...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{w} // descriptor 3
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", readyEnv, readyFD))
	cmd.SysProcAttr = ownSession()
	err = cmd.Start()
	w.Close()
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { r.Close() })
	defer stop()
	said, err := io.ReadAll(io.LimitReader(r, 4096))
	if string(said) != readyYes {
		return errors.Join(fmt.Errorf("the detached world did not start: %s", strings.TrimSpace(string(said))), err)
	}
	fmt.Fprintln(stdout, cmd.Process.Pid)
	return cmd.Process.Release()
}

// without takes a boolean flag out of a command line.
func without(args []string, name string) []string {
	var rest []string
	for _, a := range args {
		flag := strings.TrimLeft(a, "-")
		if len(flag) < len(a) && (flag == name || strings.HasPrefix(flag, name+"=")) {
			continue
		}
		rest = append(rest, a)
	}
	return rest
}

// tellStarter reports to the process that detached this one, if one did.
func tellStarter(text string) {
	if os.Getenv(readyEnv) != fmt.Sprint(readyFD) {
		return
	}
	pipe := os.NewFile(readyFD, "ready")
	fmt.Fprint(pipe, text)
	pipe.Close()
	os.Unsetenv(readyEnv)
}
