package hil

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"

	"golang.org/x/sys/unix"
)

// interrupts of the third and the fourth serial port: those of printers, for the usual
// ones are the first two's.
var interrupts = []string{"5", "7"}

// ports are QEMU's ends of the wires of further serial ports.
type ports []*os.File

// wires starts the host's side of each port. What it gives back ends them, and may be
// called again.
func (vm VM) wires() (ports, func(), error) {
	if len(vm.Serial) > len(interrupts) {
		return nil, nil, fmt.Errorf("a machine has %d further serial ports, not %d", len(interrupts), len(vm.Serial))
	}
	var (
		theirs ports
		ours   []net.Conn
		sides  sync.WaitGroup
	)
	end := sync.OnceFunc(func() {
		for _, f := range theirs {
			_ = f.Close()
		}
		for _, c := range ours {
			_ = c.Close()
		}
		sides.Wait()
	})
	for _, side := range vm.Serial {
		near, far, err := pair()
		if err != nil {
			end()
			return nil, nil, err
		}
		theirs, ours = append(theirs, far), append(ours, near)
		sides.Go(func() { side(near) })
	}
	return theirs, end, nil
}

// pair is a wire.
func pair() (near net.Conn, far *os.File, err error) {
	both, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	unix.CloseOnExec(both[0]) // QEMU is started with its end alone
	unix.CloseOnExec(both[1])
	mine := os.NewFile(uintptr(both[0]), "wire")
	far = os.NewFile(uintptr(both[1]), "port")
	near, err = net.FileConn(mine)
	_ = mine.Close()
	if err != nil {
		return nil, nil, errors.Join(err, far.Close())
	}
	return near, far, nil
}

// plugInto makes the ports a machine's, which inherits the files.
func (p ports) plugInto(qemu *exec.Cmd) {
	for i, f := range p {
		fd := 3 + len(qemu.ExtraFiles)
		qemu.ExtraFiles = append(qemu.ExtraFiles, f)
		qemu.Args = append(qemu.Args,
			"-chardev", fmt.Sprintf("socket,id=wire%d,fd=%d", i, fd),
			"-device", fmt.Sprintf("isa-serial,chardev=wire%d,index=%d,irq=%s", i, i+2, interrupts[i]))
	}
}
