package hil

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/tools/hil/internal/cpio"
	"github.com/openaisle/aisle/tools/hil/internal/guest"
	"github.com/openaisle/aisle/tools/hil/internal/image"
)

// Limits of a machine. A boot takes two seconds on an idle machine, and a minute where
// a dozen processes want each core.
const (
	defaultLimit = 5 * time.Minute
	memory       = 768 // MiB
	processors   = "2"
)

// Outcome is how a program in a machine ended.
type Outcome struct {
	Output string // what it wrote, to stdout and stderr together
	Status int    // its exit status
	Kernel string // what the kernel said
	Took   time.Duration
}

// Boot starts a machine, runs a static program for linux/amd64 in it as root and
// gives its outcome. An error is of the machine; what the program does is none.
func (vm VM) Boot(ctx context.Context, program []byte, args ...string) (Outcome, error) {
	img, err := image.Find()
	if err != nil {
		return Outcome{}, err
	}
	if static, err := isStatic(program); err != nil {
		return Outcome{}, err
	} else if !static {
		return Outcome{}, errors.New("the program needs shared libraries, which a machine has not: build it with CGO_ENABLED=0")
	}
	work, err := os.MkdirTemp("", "aisle-hil.")
	if err != nil {
		return Outcome{}, err
	}
	defer os.RemoveAll(work)
	root := filepath.Join(work, "root.cpio")
	if err := vm.root(img.Base, root, program, args); err != nil {
		return Outcome{}, fmt.Errorf("lay out the machine: %w", err)
	}
	limit := vm.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	ports, unplug, err := vm.wires()
	if err != nil {
		return Outcome{}, fmt.Errorf("lay the wires of serial ports: %w", err)
	}
	defer unplug()
	ctx, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the machine was stopped after %v", limit))
	defer stop()
	kernel, out := filepath.Join(work, "kernel"), filepath.Join(work, "out")
	cmd := exec.CommandContext(ctx, image.QEMU,
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", processors, "-m", strconv.Itoa(cmp.Or(vm.Memory, memory)),
		"-kernel", img.Kernel, "-initrd", root, "-bios", "qboot.rom",
		"-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr random.trust_cpu=on",
		"-serial", "file:"+kernel, "-serial", "file:"+out)
	ports.plugInto(cmd)
	var said bytes.Buffer
	cmd.Stderr, cmd.SysProcAttr = &said, dies()
	began := time.Now()
	err = cmd.Run()
	unplug()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	o := Outcome{Took: time.Since(began)}
	for file, to := range map[string]*string{kernel: &o.Kernel, out: &o.Output} {
		b, _ := os.ReadFile(file)
		*to = string(b)
	}
	end := endLine.FindStringSubmatch(o.Kernel)
	switch {
	case err != nil:
		err = fmt.Errorf("%w; %s%s", err, said.String(), closing(o))
	case end == nil:
		err = errors.New("the machine ended by itself; " + said.String() + closing(o))
	default:
		o.Status, err = strconv.Atoi(end[1])
	}
	return o, err
}

var endLine = regexp.MustCompile(`(?m)^` + guest.EndMark + `(\d+)\r?$`)

// closing is what the program and the kernel said last.
func closing(o Outcome) string {
	return fmt.Sprintf("the program said last:\n%s\nthe kernel said last:\n%s", last(o.Output), last(o.Kernel))
}

func last(s string) string {
	const lines = 30
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// root writes the root folder of one run: the one that all share, and behind it the
// program, its order, and files.
func (vm VM) root(base, to string, program []byte, args []string) error {
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := os.Open(base)
	if err != nil {
		return err
	}
	defer b.Close()
	if _, err := io.Copy(f, b); err != nil {
		return err
	}
	w := cpio.NewWriter(f)
	order := guest.Order{Args: args, Env: append([]string{guestEnv + "=1"}, vm.Env...)}
	for _, m := range vm.Modules {
		name, params, _ := strings.Cut(m, " ")
		order.Modules = append(order.Modules, guest.Module{Name: name, Params: params})
	}
	o, err := json.Marshal(order)
	if err != nil {
		return err
	}
	w.File(guest.OrderPath, false, o)
	w.File(guest.ProgramPath, true, program)
	for at, from := range vm.Files {
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		info, err := os.Stat(from)
		if err != nil {
			return err
		}
		w.File(strings.TrimPrefix(at, "/"), info.Mode()&0o100 != 0, content)
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Close()
}
