package zoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// Prey is what the host puts in reach of an animal that tries to get out: words
// to find, sockets to connect to, processes to attack.
type Prey struct {
	Secret           string
	File, Shm, Dir   string
	Socket, Abstract string
	TCP, UDP         string
	Key              int
	Host, Neighbour  int
	reached          *atomic.Int64
	closers          []func() error
}

// NewPrey makes prey below a folder, as the third argument of the animal. Done
// removes it.
func NewPrey(dir string) (text string, done func(), err error) {
	p, err := newPrey(dir)
	if err != nil {
		return "", nil, err
	}
	return p.text(), p.close, nil
}

func newPrey(dir string) (_ *Prey, err error) {
	p := &Prey{Secret: "canary" + filepath.Base(dir), Dir: filepath.Join(dir, "neighbour"), Host: os.Getpid(), Neighbour: os.Getppid(), Key: 0x5a00 + os.Getpid()%0xff, reached: &atomic.Int64{}}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	p.File, p.Shm = filepath.Join(dir, "canary"), "/dev/shm/"+p.Secret
	p.Socket, p.Abstract = filepath.Join(p.Dir, "s"), "@"+p.Secret
	if err := os.MkdirAll(p.Dir, 0o777); err != nil { //nolint:gosec // it is to be found
		return nil, err
	}
	for _, path := range []string{p.File, p.Shm} {
		if err := os.WriteFile(path, []byte(p.Secret+"!"), 0o666); err != nil { //nolint:gosec // it is to be found
			return nil, err
		}
		p.closers = append(p.closers, func() error { return os.Remove(path) })
	}
	tcp, err := p.listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.TCP = tcp.Addr().String()
	for _, address := range []string{p.Socket, p.Abstract} {
		if _, err := p.listen("unix", address); err != nil {
			return nil, err
		}
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.UDP = udp.LocalAddr().String()
	p.closers = append(p.closers, udp.Close)
	go func() { // ends with its socket
		b := make([]byte, 64)
		for {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			p.reached.Add(1)
			_, _ = udp.WriteTo(b[:n], from) // it need not arrive
		}
	}()
	return p, nil
}

// listen takes connections, and counts them.
func (p *Prey) listen(network, address string) (net.Listener, error) {
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, fmt.Errorf("prey: %w", err)
	}
	p.closers = append(p.closers, l.Close)
	go func() { // ends with its listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.reached.Add(1)
			c.Close()
		}
	}()
	return l, nil
}

func (p *Prey) text() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (p *Prey) close() {
	for _, f := range p.closers {
		if err := f(); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, net.ErrClosed) {
			fmt.Fprintln(os.Stderr, "prey:", err)
		}
	}
}

// Isolated reports whether an instance runs in namespaces of its own.
func Isolated(in *supervisor.Instance) bool { return Has(in.Isolation(), Isolation) }

// Has reports whether what is enforced on a plugin holds an animal that needs a
// feature.
func Has(r sandbox.Report, f Feature) bool {
	m, _ := r.Measure(map[Feature]string{
		"": sandbox.Processes, Isolation: sandbox.Processes, MemoryLimit: sandbox.Memory, ProcessLimit: sandbox.Tasks, DiskLimit: sandbox.Files,
	}[f])
	return m.State == sandbox.Enforced || m.State == sandbox.Partly && f != MemoryLimit
}
