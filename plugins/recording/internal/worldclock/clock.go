// Package worldclock takes part in the clock of a simulated world, so that its
// time waits for the next sample of a recording.
//
// The world's line protocol is in the README of plugins/simulated: JSON objects,
// one a line, over a Unix socket. A participant hears of every move of the
// clock, and of polls that it answers once it is done with the present instant.
// This is a small end of it of our own, for a plugin shares no code with another
// plugin. A Clock is for one goroutine; only its context ends a wait.
package worldclock

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
)

const (
	// maxLine is the longest line that a world may send.
	maxLine = 64 << 10
	// writeWithin is how long a world may leave its socket full.
	writeWithin = 5 * time.Second
	scheme      = "unix:"
)

// Check says what is wrong with a world's address.
func Check(address string) error {
	if path, ok := strings.CutPrefix(address, scheme); !ok || path == "" {
		return fault.Errorf(fault.Invalid, "%q is no address of a world: that is %q and the path of a socket", address, scheme)
	}
	return nil
}

// Clock is one participant's line to a world.
type Clock struct {
	conn    net.Conn
	lines   *bufio.Scanner
	release func() bool

	// Began is when the world began, Now its present time.
	Began, Now time.Time
}

type fromWorld struct {
	Poll      uint64 `json:"poll"`
	AdvanceUS *int64 `json:"advance_us"`
	StartUS   int64  `json:"start_us"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error"`
}

type toWorld struct {
	Hello  string `json:"hello,omitempty"`
	Name   string `json:"name,omitempty"`
	Poll   uint64 `json:"poll,omitempty"`
	WakeUS *int64 `json:"wake_us,omitempty"`
}

// Join connects to a world and hears the time. The clock lives as long as ctx.
func Join(ctx context.Context, address, name string) (*Clock, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", strings.TrimPrefix(address, scheme))
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "join the world's clock", err)
	}
	c := &Clock{conn: conn, lines: bufio.NewScanner(conn)}
	c.lines.Buffer(make([]byte, 0, 4096), maxLine)
	c.release = context.AfterFunc(ctx, func() { _ = conn.Close() }) // wakes a Read; Close says what is wrong
	if err := c.join(name); err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, "join the world's clock", err), c.Close())
	}
	return c, nil
}

func (c *Clock) join(name string) error {
	if err := c.write(toWorld{Hello: "participant", Name: name}); err != nil {
		return err
	}
	m, err := c.read()
	if err != nil {
		return err
	}
	if m.AdvanceUS == nil {
		return errors.New("its first line does not tell the time")
	}
	c.Began = time.UnixMicro(m.StartUS).UTC()
	return nil
}

// Close ends the connection.
func (c *Clock) Close() error {
	if !c.release() {
		return nil // ctx has ended, and closed it
	}
	return c.conn.Close()
}

// Poll is a question whether this participant is done with the present instant.
type Poll uint64

// Wait waits for the world's next word. It is a poll, or zero when the clock
// has moved: then Now is the new time.
func (c *Clock) Wait() (Poll, error) {
	m, err := c.read()
	if err != nil {
		return 0, fault.Wrap(fault.Unavailable, "follow the world's clock", err)
	}
	return Poll(m.Poll), nil
}

// Answer answers a poll: all that was due is done, and at wake there will be
// more, or never where wake is zero.
func (c *Clock) Answer(p Poll, wake time.Time) error {
	m := toWorld{Poll: uint64(p)}
	if !wake.IsZero() {
		us := wake.UnixMicro()
		if time.UnixMicro(us).Before(wake) {
			us++ // a wake must not come too early
		}
		m.WakeUS = &us
	}
	return fault.Wrap(fault.Unavailable, "answer the world's clock", c.write(m))
}

func (c *Clock) read() (fromWorld, error) {
	var m fromWorld
	if !c.lines.Scan() {
		if err := c.lines.Err(); err != nil {
			return m, err
		}
		return m, io.ErrUnexpectedEOF
	}
	if err := json.Unmarshal(c.lines.Bytes(), &m); err != nil {
		return m, err
	}
	if m.Error != nil {
		return m, errors.New(m.Error.Message)
	}
	if m.AdvanceUS != nil {
		c.Now = time.UnixMicro(*m.AdvanceUS).UTC()
	}
	return m, nil
}

func (c *Clock) write(m toWorld) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	_, err = c.conn.Write(append(b, '\n'))
	return err
}
