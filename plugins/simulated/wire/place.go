package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
)

// statusPort is where it says that it is there: who connects is told so, and the
// connection ends.
const statusPort = 7000

// tries is how many addresses are looked at for one whose ports are free.
const tries = 16

// place is a loopback address of the store's own, so that devices have the ports that
// they have in the field, and two stores on a machine do not meet.
type place struct {
	host      string
	listeners map[int]net.Listener
}

// findPlace listens at all ports on one address. It goes by the data folder: the devices
// of a store that is started again are where they were.
func findPlace(data string, ports []int) (*place, error) {
	abs, err := filepath.Abs(data)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(abs))
	var all error
	for n := range tries {
		host := hostOf(binary.BigEndian.Uint32(sum[:4]) + uint32(n))
		p, err := listen(host, ports)
		if err == nil {
			return p, nil
		}
		all = errors.Join(all, err)
	}
	return nil, fmt.Errorf("no loopback address has all of its ports free: %w", all)
}

// hostOf is one of 127.64.0.1 to 127.127.255.254, or the only one that a system has.
func hostOf(n uint32) string {
	if runtime.GOOS != "linux" {
		return "127.0.0.1"
	}
	return net.IPv4(127, byte(64+n>>16%64), byte(n>>8), byte(1+n%254)).String()
}

func listen(host string, ports []int) (*place, error) {
	p := &place{host: host, listeners: map[int]net.Listener{}}
	var config net.ListenConfig
	for _, port := range append([]int{statusPort}, ports...) {
		l, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			p.close()
			return nil, err
		}
		p.listeners[port] = l
	}
	return p, nil
}

// take gives a port's listener to who serves it and closes it.
func (p *place) take(port int) net.Listener {
	l := p.listeners[port]
	delete(p.listeners, port)
	return l
}

// free gives a port's address to who listens there by itself.
func (p *place) free(port int) string {
	l := p.take(port)
	_ = l.Close() // nobody has connected
	return l.Addr().String()
}

func (p *place) close() {
	for _, l := range p.listeners {
		_ = l.Close()
	}
}

// answer says to who connects that it is there.
func answer(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		_, _ = c.Write([]byte("the hardware of a simulated store\n"))
		_ = c.Close()
	}
}
