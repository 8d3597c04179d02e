//go:build linux

// Command init is the first process of a machine: it mounts what programs expect,
// loads the modules asked for, runs one program and switches the machine off.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/tools/hil/internal/guest"
)

func main() {
	status := guest.Broken
	rooted := root()
	kernel, out, err := consoles()
	if err = errors.Join(rooted, err); err == nil {
		status, err = run(kernel, out)
	}
	if err != nil {
		fmt.Fprintln(out, "hil: the machine could not be set up:", err)
	}
	fmt.Fprintf(kernel, "\n%s%d\n", guest.EndMark, status)
	for _, f := range []*os.File{out, kernel} {
		_ = unix.IoctlSetInt(int(f.Fd()), unix.TCSBRK, 1) // waits until all is sent
	}
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // the first process may not end
}

// root puts a mount over the root that the kernel began with, as systems do that leave their
// initramfs: pivot_root(2) can't change that one, and sandboxes change theirs by it.
func root() error {
	const at = "/hil/root"
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("/", at, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := unix.Chdir(at); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("move the root: %w", err)
	}
	return errors.Join(unix.Chroot("."), unix.Chdir("/"))
}

// mounts are in order; those that a kernel lacks are left out.
var mounts = []struct{ kind, at string }{
	{"proc", "/proc"}, {"sysfs", "/sys"}, {"devpts", "/dev/pts"}, {"tmpfs", "/dev/shm"}, {"tmpfs", "/tmp"},
	{"debugfs", "/sys/kernel/debug"}, {"tracefs", "/sys/kernel/tracing"},
}

// consoles gives the port for the end and the one for the program.
func consoles() (kernel, out *os.File, err error) {
	_ = os.MkdirAll("/dev", 0o755)
	if err := unix.Mount("dev", "/dev", "devtmpfs", 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
		return os.Stderr, os.Stderr, fmt.Errorf("mount /dev: %w", err)
	}
	kernel, err = os.OpenFile("/dev/ttyS0", os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return os.Stderr, os.Stderr, err
	}
	out, err = os.OpenFile("/dev/ttyS1", os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return kernel, kernel, err
	}
	t, err := unix.IoctlGetTermios(int(out.Fd()), unix.TCGETS)
	if err != nil {
		return kernel, out, err
	}
	t.Oflag &^= unix.OPOST // no carriage returns
	return kernel, out, unix.IoctlSetTermios(int(out.Fd()), unix.TCSETS, t)
}

func run(kernel, out *os.File) (int, error) {
	for _, m := range mounts {
		_ = os.MkdirAll(m.at, 0o755)
		if err := unix.Mount(m.kind, m.at, m.kind, 0, ""); err != nil && !strings.Contains(m.at, "kernel") {
			return guest.Broken, fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	if err := loopback(); err != nil {
		return guest.Broken, fmt.Errorf("bring up lo: %w", err)
	}
	var order guest.Order
	if err := read(guest.OrderPath, &order); err != nil {
		return guest.Broken, err
	}
	if err := load(append([]guest.Module{{Name: "configfs"}}, order.Modules...)); err != nil {
		return guest.Broken, err
	}
	if err := unix.Mount("configfs", "/sys/kernel/config", "configfs", 0, ""); err != nil {
		return guest.Broken, fmt.Errorf("mount configfs: %w", err)
	}
	fmt.Fprintf(kernel, "\n%s\n", guest.RunMark)
	cmd := exec.Command("/"+guest.ProgramPath, order.Args...)
	cmd.Dir = "/tmp"
	cmd.Env = append([]string{"HOME=/tmp", "TMPDIR=/tmp", "PATH=/hil"}, order.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if exit.ExitCode() >= 0 {
			return exit.ExitCode(), nil
		}
		return 1, err // killed by a signal
	}
	if err != nil {
		return guest.Broken, err
	}
	return 0, nil
}

func loopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, lo)
}

func read(name string, to any) error {
	b, err := os.ReadFile("/" + name)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// load loads modules after what they need. One that is not in the image may be
// built into the kernel: then /sys knows it.
func load(all []guest.Module) error {
	var needs map[string][]string
	if err := read(guest.ModulesPath, &needs); err != nil {
		return err
	}
	for _, m := range all {
		name := strings.ReplaceAll(m.Name, "-", "_")
		if _, ok := needs[name]; !ok {
			if _, err := os.Stat("/sys/module/" + name); err == nil {
				continue
			}
			return fmt.Errorf("the image has no module %s", m.Name)
		}
		for _, need := range needs[name] {
			params := ""
			if need == name {
				params = m.Params
			}
			if err := insert(need, params); err != nil {
				return fmt.Errorf("load module %s for %s: %w", need, m.Name, err)
			}
		}
	}
	return nil
}

func insert(name, params string) error {
	f, err := os.Open(filepath.Join("/", guest.ModulesDir, name+".ko"))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), params, 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}
