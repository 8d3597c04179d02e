package relay

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNamespace carries a connection out of a network namespace that has
// nothing but its loopback.
func TestNamespace(t *testing.T) {
	d := newDevice(t)
	type end struct {
		listener *os.File
		dial     func() (*os.File, error)
		err      error
	}
	made := make(chan end)
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		l, at, err := inNamespace()
		made <- end{l, func() (*os.File, error) { return connect(at) }, err}
		for job := range jobs {
			job()
		}
	}()
	defer close(jobs)
	in := <-made
	if in.err != nil {
		t.Skip("no network namespace can be made here: ", in.err)
	}
	l, err := Listener(in.listener)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New([]Target{{Address: d.l.Addr().String(), Listener: l}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- r.Serve(t.Context()) }()
	defer func() {
		r.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()

	type dialled struct {
		f   *os.File
		err error
	}
	got := make(chan dialled)
	go func() { jobs <- func() { f, err := in.dial(); got <- dialled{f, err} } }()
	c := <-got
	if c.err != nil {
		t.Fatal(c.err)
	}
	defer c.f.Close()
	if _, err := io.WriteString(c.f, "from inside"); err != nil {
		t.Fatal(err)
	}
	dev := <-d.conns
	defer dev.Close()
	hear(t, dev, "from inside")
}

// inNamespace moves this thread to a new network namespace and listens there.
func inNamespace() (*os.File, unix.Sockaddr, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	f := os.NewFile(uintptr(fd), "listener")
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return nil, nil, err
	}
	lo.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return nil, nil, fmt.Errorf("loopback: %w", err)
	}
	at := &unix.SockaddrInet4{Port: 9100, Addr: [4]byte{127, 0, 0, 1}}
	if err := unix.Bind(fd, at); err != nil {
		return nil, nil, err
	}
	return f, at, unix.Listen(fd, 16)
}

func connect(at unix.Sockaddr) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "connection"), unix.Connect(fd, at)
}

func TestListenerRefused(t *testing.T) {
	file := func(f interface{ File() (*os.File, error) }, err error) *os.File {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.File()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	d := newDevice(t)
	c := dial(t, d.l.Addr().String())
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	un, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	defer un.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]*os.File{
		"a connection": file(c, nil), "UDP": file(udp, nil), "Unix": file(un, nil), "no socket": null,
	} {
		if l, err := Listener(f); l != nil || err == nil {
			t.Errorf("%s: took it", name)
		}
		if _, err := f.Stat(); err == nil {
			t.Errorf("%s: left open", name)
		}
	}
	l, err := Listener(file(listen(t), nil))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}
