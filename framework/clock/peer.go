package clock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"
)

// Host is the name by which the host takes part in a peer's clock.
const Host = "host"

// The limits of a peer's clock, in real time.
const (
	// connectWithin is how long a peer may take to tell the time.
	connectWithin = 10 * time.Second
	// firstRetry and lastRetry bound the pause before the peer is called again.
	firstRetry = 20 * time.Millisecond
	lastRetry  = time.Second
	// maxLine is the longest line that a peer may send.
	maxLine = 64 << 10
	// writeWithin is how long a peer may leave its socket full.
	writeWithin = 5 * time.Second
)

// Peer is the clock of a peer: the host takes part in it as a participant, and
// the peer moves it on when all that it reported is journalled and the host
// waits for nothing earlier. Between its advances the time stands.
//
// The host hears of things from elsewhere, too: a processor that is back, an
// order of staff. What then waits for an earlier time than the peer was told is
// said in a further answer to its last poll, for it need not ask again by itself.
//
// When the connection is lost the time stands until it is there again.
type Peer struct {
	timers
	address string
	work    *Work
	log     *slog.Logger

	first line // a connection that Connect made and Run takes over

	state    sync.Mutex
	started  time.Time
	wall     bool
	done     bool
	finished chan struct{}
}

// NewPeer returns the clock of the peer at an address such as
// "unix:/run/world.sock". It connects to nothing yet; work is what the host
// says of its own business.
func NewPeer(address string, work *Work, log *slog.Logger) *Peer {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Peer{
		timers: timers{sooner: make(chan struct{}, 1)}, address: address, work: work, log: log, finished: make(chan struct{}),
	}
}

// Started is when the peer's time began, as it says itself; zero where it
// doesn't.
func (p *Peer) Started() time.Time {
	p.state.Lock()
	defer p.state.Unlock()
	return p.started
}

// Wall says that the peer goes by the wall's clock: a store of devices that have
// clocks of their own goes by it too, and learns from the peer only when it has
// finished. It is known once Connect has returned.
func (p *Peer) Wall() bool {
	p.state.Lock()
	defer p.state.Unlock()
	return p.wall
}

// Finished is closed once the peer has said that it has nothing more to do by
// itself.
func (p *Peer) Finished() <-chan struct{} { return p.finished }

// Connect calls the peer and learns the time. It is called once, before Run.
func (p *Peer) Connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	c, err := p.dial(ctx)
	if err != nil {
		return err
	}
	p.first = c
	return nil
}

// Run keeps the clock until ctx ends. It calls the peer again where the
// connection is lost.
func (p *Peer) Run(ctx context.Context) error {
	c := p.first
	p.first = line{}
	for {
		if c.conn == nil {
			var err error
			if c, err = p.redial(ctx); err != nil {
				return nil // only because ctx ended
			}
		}
		err := p.follow(ctx, c)
		c = line{}
		if ctx.Err() != nil {
			return nil
		}
		p.log.Warn("the clock stands: its peer is gone", "address", p.address, "err", err)
	}
}

func (p *Peer) redial(ctx context.Context) (line, error) {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		once, cancel := context.WithTimeout(ctx, connectWithin)
		c, err := p.dial(once)
		cancel()
		if err == nil {
			p.log.Info("the clock goes on", "address", p.address)
			return c, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return line{}, ctx.Err()
		}
	}
}

// fromPeer is a line of the peer's; of which kind it is, its fields say.
type fromPeer struct {
	Poll      uint64 `json:"poll"`
	AdvanceUS *int64 `json:"advance_us"`
	StartUS   int64  `json:"start_us"`
	Wall      bool   `json:"wall"`
	Done      bool   `json:"done"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// toPeer is the answer to a poll, or the first line.
type toPeer struct {
	Hello       string `json:"hello,omitempty"`
	Name        string `json:"name,omitempty"`
	Poll        uint64 `json:"poll,omitempty"`
	WakeUS      *int64 `json:"wake_us,omitempty"`
	Outstanding int    `json:"outstanding,omitempty"`
}

// dial calls the peer, says who the host is and hears the time.
func (p *Peer) dial(ctx context.Context) (line, error) {
	path, ok := strings.CutPrefix(p.address, "unix:")
	if !ok {
		return line{}, fmt.Errorf("%q can't be a clock: the address of one is \"unix:\" and the path of its socket", p.address)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return line{}, fmt.Errorf("call the clock: %w", err)
	}
	c := newLine(conn)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = c.write(toPeer{Hello: "participant", Name: Host})
	var m fromPeer
	if err == nil {
		err = c.read(&m)
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = p.heard(m)
	}
	if err == nil && m.AdvanceUS == nil {
		err = errors.New("its first line does not tell the time")
	}
	if err != nil {
		return line{}, errors.Join(fmt.Errorf("the clock at %s: %w", p.address, err), conn.Close())
	}
	return c, nil
}

// heard takes a line in that tells the time.
func (p *Peer) heard(m fromPeer) error {
	if m.Error != nil {
		return errors.New(m.Error.Message)
	}
	p.state.Lock()
	if m.StartUS != 0 {
		p.started = time.UnixMicro(m.StartUS).UTC()
	}
	p.wall = p.wall || m.Wall
	if m.Done && !p.done {
		p.done = true
		close(p.finished)
	}
	p.state.Unlock()
	if m.AdvanceUS != nil {
		p.advance(time.UnixMicro(*m.AdvanceUS).UTC())
	}
	return nil
}

// follow reads a connection to its end. Polls are answered beside it, for an
// answer waits until the host has dealt with everything.
func (p *Peer) follow(ctx context.Context, c line) error {
	ctx, cancel := context.WithCancel(ctx)
	polls := make(chan uint64, 1)
	var wg sync.WaitGroup
	wg.Go(func() { p.answer(ctx, c, polls) })
	stop := context.AfterFunc(ctx, func() { c.conn.Close() })
	defer wg.Wait()
	defer cancel()
	defer stop()
	for {
		var m fromPeer
		if err := c.read(&m); err != nil {
			return errors.Join(err, c.conn.Close())
		}
		if err := p.heard(m); err != nil {
			return errors.Join(err, c.conn.Close())
		}
		if m.Poll != 0 {
			select { // the newest poll alone waits for an answer
			case <-polls:
			default:
			}
			polls <- m.Poll
		}
	}
}

// answer answers polls once the host has nothing in hand, and answers the last
// one again when the host has come to wait for an earlier time since.
func (p *Peer) answer(ctx context.Context, c line, polls <-chan uint64) {
	var last toPeer // as it was answered; of no poll before the first
	for {
		var poll uint64
		select {
		case poll = <-polls:
		case <-p.sooner:
			if poll = last.Poll; poll == 0 {
				continue
			}
		case <-ctx.Done():
			return
		}
		away, err := p.work.Quiet(ctx)
		if err != nil {
			return
		}
		select { // what was asked meanwhile is answered with this
		case poll = <-polls:
		default:
		}
		m := toPeer{Poll: poll, Outstanding: away}
		if at, ok := p.next(); ok {
			us := ceilMicro(at)
			m.WakeUS = &us
		}
		if poll == last.Poll && !m.before(last) {
			continue
		}
		if err := c.write(m); err != nil {
			c.conn.Close() // the reader sees it and says so
			return
		}
		last = m
	}
}

// before reports whether an answer waits for an earlier time than another.
func (m toPeer) before(o toPeer) bool {
	return m.WakeUS != nil && (o.WakeUS == nil || *m.WakeUS < *o.WakeUS)
}

// ceilMicro is the first whole microsecond that is not before at: a wake must
// not come too early.
func ceilMicro(at time.Time) int64 {
	us := at.UnixMicro()
	if time.UnixMicro(us).Before(at) {
		us++
	}
	return us
}

// line is one connection that carries a JSON object a line.
type line struct {
	conn net.Conn
	in   *json.Decoder
	left *limited
}

// limited is a reader that a single line can't exhaust.
type limited struct {
	conn net.Conn
	n    int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.n <= 0 {
		return 0, fmt.Errorf("a line is longer than %d bytes", maxLine)
	}
	n, err := l.conn.Read(b)
	l.n -= n
	return n, err
}

func newLine(conn net.Conn) line {
	l := &limited{conn: conn}
	return line{conn: conn, in: json.NewDecoder(l), left: l}
}

// read reads one line. One goroutine reads.
func (l line) read(m *fromPeer) error {
	l.left.n = maxLine
	return l.in.Decode(m)
}

// write writes one line. One goroutine writes.
func (l line) write(m toPeer) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	_, err = l.conn.Write(append(b, '\n'))
	return err
}
