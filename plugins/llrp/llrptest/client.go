package llrptest

import (
	"bufio"
	"io"
	"net"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// client is a connection.
type client struct {
	conn   net.Conn
	reader *Reader
	awake  bool // it wants reports
	ended  chan struct{}

	mu      sync.Mutex // of writing
	version uint8
	id      uint32
}

// converse speaks with a client until it goes.
func (r *Reader) converse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	c := &client{conn: conn, reader: r, version: codec.Version101, ended: make(chan struct{})}
	if !r.admit(c) {
		return
	}
	polite := false
	for in := bufio.NewReader(conn); ; {
		h, m, err := next(in)
		if err != nil {
			break
		}
		r.mu.Lock()
		answer := r.answer(c, h, m)
		r.mu.Unlock()
		if answer != nil {
			c.send(h.ID, answer)
		}
		if _, polite = m.(*codec.CloseConnection); polite {
			break
		}
		if _, shy := m.(*codec.GetSupportedVersion); shy && r.opt.Shy {
			break
		}
	}
	close(c.ended)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client == c {
		r.client = nil
		if !polite {
			r.taken = time.Now().Add(r.opt.Clings)
		}
	}
}

func next(in *bufio.Reader) (codec.Header, codec.Message, error) {
	head, err := in.Peek(codec.HeaderBytes)
	if err != nil {
		return codec.Header{}, nil, err
	}
	h, err := codec.ParseHeader(head)
	if err != nil {
		return h, nil, err
	}
	b := make([]byte, h.Length)
	if _, err := io.ReadFull(in, b); err != nil {
		return h, nil, err
	}
	return codec.Decode(b)
}

// admit tells a client whether the connection is its own.
func (r *Reader) admit(c *client) bool {
	r.mu.Lock()
	status := codec.ConnectionAttemptStatusTypeSuccess
	other := r.client
	if other != nil || time.Now().Before(r.taken) {
		status = codec.ConnectionAttemptStatusTypeFailedAClientInitiatedConnectionAlreadyExists
	} else {
		r.client = c
	}
	note := r.note(&codec.ReaderEventNotificationData{ConnectionAttemptEvent: &codec.ConnectionAttemptEvent{Status: status}})
	r.mu.Unlock()
	c.send(0, note)
	return status == codec.ConnectionAttemptStatusTypeSuccess
}

func (r *Reader) note(d *codec.ReaderEventNotificationData) *codec.ReaderEventNotification {
	d.Timestamp = r.timestamp()
	return &codec.ReaderEventNotification{ReaderEventNotificationData: d}
}

// keepalives says that it is there.
func (c *client) keepalives(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.send(0, &codec.Keepalive{})
		case <-c.ended:
			return
		}
	}
}

// maxEntries is how many reads one report has.
const maxEntries = 64

func (c *client) report(list []*codec.TagReportData) {
	for len(list) > 0 {
		n := min(len(list), maxEntries)
		c.send(0, &codec.ROAccessReport{TagReportData: list[:n]})
		list = list[n:]
	}
}

// send says something; with the ID zero it is numbered by itself.
func (c *client) send(id uint32, m codec.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == 0 {
		c.id++
		id = c.id
	}
	b, err := codec.Append(nil, c.version, id, m)
	if err != nil {
		panic(err) // a mistake in this package
	}
	c.reader.corrupt(c, b)
}

// sleep waits, and is false once the client is gone.
func (c *client) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-c.ended:
		return false
	}
}
