package inside

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// backlog is how many connections wait at a door.
// controlFD in the type that poll wants.
const controlFD = int32(order.Control)

const backlog = 64

// openDoors brings the loopback interface up and listens at every door.
func (l *launch) openDoors() error {
	if len(l.Own.Doors) == 0 {
		return nil
	}
	if err := loopbackUp(); err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	for i, d := range l.Own.Doors {
		fd, err := openDoor(d)
		if err != nil { // such as IPv6, where the kernel has none
			l.note("network", fmt.Sprintf("%s port %d can't be reached: %v", d.Address, d.Port, err))
			continue
		}
		l.doors, l.opened = append(l.doors, fd), append(l.opened, i)
	}
	return nil
}

func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	r.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}

func openDoor(d order.Door) (int, error) {
	a, err := netip.ParseAddr(d.Address)
	if err != nil {
		return -1, err
	}
	if d.Add {
		if err := addAddress(a); err != nil {
			return -1, fmt.Errorf("add the address: %w", err)
		}
	}
	family, to := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Port: int(d.Port)})
	if a.Is4() {
		to.(*unix.SockaddrInet4).Addr = a.As4()
	} else {
		family, to = unix.AF_INET6, &unix.SockaddrInet6{Port: int(d.Port), Addr: a.As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	if err := errors.Join(unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), unix.Bind(fd, to), unix.Listen(fd, backlog)); err != nil {
		_ = unix.Close(fd) // the error tells
		return -1, err
	}
	return fd, nil
}

// The loopback interface is the first of a namespace.
const loopbackIndex = 1

// addAddress gives the loopback interface an address (rtnetlink(7), RTM_NEWADDR).
func addAddress(a netip.Addr) error {
	family, bytes := byte(unix.AF_INET), a.AsSlice()
	if a.Is6() {
		family = unix.AF_INET6
	}
	attr := func(kind uint16) []byte {
		b := make([]byte, unix.SizeofRtAttr, unix.SizeofRtAttr+len(bytes))
		binary.NativeEndian.PutUint16(b, uint16(unix.SizeofRtAttr+len(bytes)))
		binary.NativeEndian.PutUint16(b[2:], kind)
		return append(b, bytes...)
	}
	m := make([]byte, unix.SizeofNlMsghdr)
	m = append(m, family, byte(a.BitLen()), unix.IFA_F_NODAD, unix.RT_SCOPE_HOST)
	m = binary.NativeEndian.AppendUint32(m, loopbackIndex)
	m = append(append(m, attr(unix.IFA_LOCAL)...), attr(unix.IFA_ADDRESS)...)
	binary.NativeEndian.PutUint32(m, uint32(len(m))) //nolint:gosec // some bytes
	binary.NativeEndian.PutUint16(m[4:], unix.RTM_NEWADDR)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_REPLACE)

	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	answer := make([]byte, unix.Getpagesize())
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	const errorAt = unix.SizeofNlMsghdr
	if n < errorAt+int(unsafe.Sizeof(int32(0))) || binary.NativeEndian.Uint16(answer[4:]) != unix.NLMSG_ERROR {
		return errors.New("the kernel's answer is none")
	}
	if code := int32(binary.NativeEndian.Uint32(answer[errorAt:])); code != 0 { //nolint:gosec // a negative errno
		return unix.Errno(-code)
	}
	return nil
}
