package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk/internal/lonestream"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// Direct says how to make a connection to the plugin's server for commands
// alone. A command then passes no goroutine on its way: its caller writes it to
// the socket, and reads the answer where nobody does yet.
type Direct struct {
	Dial func(ctx context.Context) (net.Conn, error)
	// TLS is that of the plugin's server, nil for none, and Authority its name.
	TLS       *tls.Config
	Authority string
}

// Direct sets how commands go. It is called before the first, if at all; without
// it they go over the connection that New was given. Whoever calls it ends the
// use of the plugin with Disconnect.
func (p *Plugin) Direct(d Direct) { p.direct = &d }

// Disconnect ends the connection for commands, if there is one, and waits for
// those who receive from it. No command is made on it any more.
func (p *Plugin) Disconnect() {
	p.mu.Lock()
	l := p.commands
	p.direct = nil
	p.mu.Unlock()
	if l == nil {
		return
	}
	l.stop()
	<-l.ready
	if l.direct != nil {
		l.abandon()
		l.readers.Wait()
	}
}

// abandon ends a stream that stands.
func (l *line) abandon() {
	if l.direct == nil {
		l.stop()
		return
	}
	l.end(errAbandoned)
	_ = l.direct.Close() // it is over
}

var errAbandoned = errors.New("the host ended it")

// directWithin is how long the stream may take on a connection of its own,
// before it is opened on that of all others: a server may take one only, or leave
// a second one waiting.
const directWithin = 2 * time.Second

// run opens the stream. Over gRPC's connection it then takes answers until the
// stream ends; over one of its own, whoever waits for one does.
func (l *line) run(direct *Direct) {
	late := time.AfterFunc(helloWithin, l.stop)
	receive, err := l.connect(direct)
	if !late.Stop() && err != nil {
		err = fmt.Errorf("the plugin did not open it within %v: %w", helloWithin, err)
	}
	if err != nil {
		l.stop()
		l.why, l.none = err, status.Code(err) == codes.Unimplemented
		l.dead.Store(true)
		close(l.over)
		close(l.ready)
		return
	}
	l.opened = true
	close(l.ready)
	defer l.stop()
	if l.direct != nil {
		return
	}
	for err == nil {
		var message []byte
		if message, err = receive(); err == nil {
			err = l.take(message)
		}
	}
	l.end(err)
}

// connect makes the stream and waits until the plugin has opened it. It gives
// how to receive from it where nobody else does.
func (l *line) connect(direct *Direct) (receive func() ([]byte, error), err error) {
	if direct != nil {
		err := l.dial(direct)
		if err == nil || l.life.Err() != nil || status.Code(err) == codes.Unimplemented {
			return nil, err
		}
		l.plugin.share()
	}
	stream, err := l.plugin.base.Command(l.life, grpc.ForceCodecV2(wire.Codec()), grpc.MaxCallRecvMsgSize(wire.MaxCommandMessage))
	if err != nil {
		return nil, err
	}
	l.out.Send = func(b wire.Bytes) error { return stream.SendMsg(b) }
	var message wire.Scratch
	receive = func() ([]byte, error) {
		err := stream.RecvMsg(&message)
		return message.Bytes(), err
	}
	_, err = receive()
	return receive, err
}

// share leaves it at one connection from now on.
func (p *Plugin) share() {
	p.mu.Lock()
	p.direct = nil
	p.mu.Unlock()
}

// dial makes the stream on a connection of its own.
func (l *line) dial(d *Direct) error {
	ctx, cancel := context.WithTimeout(l.life, directWithin)
	defer cancel()
	conn, err := d.Dial(ctx)
	if err != nil {
		return err
	}
	s, err := lonestream.Open(ctx, conn, lonestream.Options{Method: pb.Plugin_Command_FullMethodName, Authority: d.Authority, TLS: d.TLS,
		MaxMessage: wire.MaxCommandMessage, MaxHeaders: wire.MaxHeaders, Window: wire.StreamWindow})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, s.Interrupt)
	defer stop()
	if _, err := s.Receive(); err != nil {
		_ = s.Close() // it never stood
		return err
	}
	s.Look(func(something func() bool) {
		if l.crowd {
			l.lookout.Look(something)
		}
	})
	l.direct = s
	l.out.Send = func(b wire.Bytes) error { return s.Send(b) }
	return nil
}

// errStale says that the stream had ended before a command was sent on it.
var errStale = errors.New("the command stream has ended meanwhile")

// settleUp takes what came while nobody received: late answers, or the end.
func (l *line) settleUp(ctx context.Context) error {
	if l.direct.Something() {
		stop := context.AfterFunc(ctx, l.direct.Interrupt)
		defer stop()
		for !l.dead.Load() && ctx.Err() == nil && l.direct.Something() {
			l.receive()
		}
	}
	if l.dead.Load() {
		return errStale
	}
	return ctx.Err()
}

// await waits for the outcome of a command, and receives meanwhile where nobody
// else does. It is false where ctx ended first.
func (l *line) await(ctx context.Context, c *pending, reads bool) bool {
	if !reads {
		select {
		case <-c.done:
			return true
		case <-ctx.Done():
			return false
		}
	}
	defer l.retire()
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, l.direct.Interrupt)
		defer stop()
	}
	for {
		select {
		case <-c.done:
			return true
		default:
		}
		if ctx.Err() != nil {
			return false
		}
		l.receive()
	}
}

// receive takes the answers of one message, or ends the stream. It may return
// with nothing done where somebody interrupted it.
func (l *line) receive() {
	message, err := l.direct.Receive()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		l.direct.Resume() // it may have been meant for who received before
		return
	}
	if err == nil {
		err = l.take(message)
	}
	if err != nil {
		l.end(err)
		_ = l.direct.Close() // it is over
	}
}

// retire lets a caller go who received. Where others wait, a goroutine receives
// in its place until none does: no call does another's work once it has its own
// answer.
func (l *line) retire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading = l.count > 0 && !l.dead.Load(); l.reading {
		l.readers.Go(l.readOn) // ends with the stream at the latest
	}
}

func (l *line) readOn() {
	for {
		l.mu.Lock()
		if l.reading = l.count > 0 && !l.dead.Load(); !l.reading {
			l.crowd = false // the next one to receive has a command of its own
			l.mu.Unlock()
			return
		}
		l.crowd = l.fresh >= fewCommands
		l.mu.Unlock()
		l.receive()
	}
}
