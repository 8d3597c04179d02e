//go:build linux

package main

import (
	"net"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

var networkEscapes = []attempt{
	{"connect to the host", func() error { return dials("tcp", prey.TCP) }},
	{"connect to the host by Multipath TCP", func() error { return connects(unix.SOCK_STREAM, 262) }},
	{"connect to the host with a TCP of its own", func() error { return connects(unix.SOCK_STREAM, unix.IPPROTO_TCP) }},
	{"connect to the host while it sends", func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Sendto(fd, []byte("x"), unix.MSG_FASTOPEN|unix.MSG_NOSIGNAL, inet(prey.TCP))
	}},
	{"a datagram to the host", func() error {
		if err := connects(unix.SOCK_DGRAM, 0); err != nil {
			return err
		}
		c, err := net.Dial("udp", prey.UDP)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write([]byte("ping")); err != nil {
			return err
		}
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		_, err = c.Read(make([]byte, 16)) // the host's echo
		return err
	}},
	{"out into the world", func() error { return dials("tcp", "192.0.2.1:443") }},
	{"a socket of the host's", func() error { return dials("unix", prey.Socket) }},
	{"an abstract socket of the host's", func() error { return dials("unix", prey.Abstract) }},
	{"a socket of another plugin's", func() error {
		found, _ := filepath.Glob(filepath.Join(prey.Dir, "*", "*"))
		for _, path := range append(found, filepath.Join(prey.Dir, "s")) {
			if err := dials("unix", path); err == nil {
				return nil
			}
		}
		return errNothing
	}},
	{"a raw socket", func() error { return sockets(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP) }},
	{"a packet socket", func() error { return sockets(unix.AF_PACKET, unix.SOCK_RAW, 0) }},
	{"a virtual machine's socket", func() error {
		fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Connect(fd, &unix.SockaddrVM{CID: 2, Port: 22})
	}},
	{"the machine's links", func() error {
		list, err := net.Interfaces()
		if err != nil {
			return err
		}
		for _, i := range list {
			if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
				return nil
			}
		}
		return errNothing
	}},
	{"a link of its own", func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		ifr, err := unix.NewIfreq("lo")
		if err != nil {
			return err
		}
		ifr.SetUint16(unix.IFF_UP | unix.IFF_PROMISC)
		return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
	}},
}

func dials(network, address string) error {
	c, err := net.DialTimeout(network, address, time.Second)
	if err == nil {
		c.Close()
	}
	return err
}

func inet(address string) *unix.SockaddrInet4 {
	a, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: 1}
	}
	return &unix.SockaddrInet4{Addr: [4]byte(a.IP.To4()), Port: a.Port}
}

// connects gets out where a socket of such a protocol reaches the host. A
// datagram's does without reaching anything.
func connects(kind, protocol int) error {
	fd, err := unix.Socket(unix.AF_INET, kind, protocol)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Connect(fd, inet(prey.TCP))
}

func sockets(family, kind, protocol int) error {
	fd, err := unix.Socket(family, kind, protocol)
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}
