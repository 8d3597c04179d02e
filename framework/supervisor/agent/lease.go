package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const fileLease = "lease.json"

// held is who has or last had the lease. It is kept in a file: an agent that
// was started again must not let an older host in.
type held struct {
	Epoch  uint64    `json:"epoch"`
	Holder string    `json:"holder"`
	Since  time.Time `json:"since"`
}

// lease is the right to use an agent: one host's, over one connection.
type lease struct {
	dir string
	now func() time.Time

	mu   sync.Mutex
	held held
	conn *conn // nil while the holder is away
	// turn keeps a holder out until what the one before left has been stopped.
	turn chan struct{}
}

func newLease(dir string, now func() time.Time) (*lease, error) {
	l := &lease{dir: dir, now: now, turn: make(chan struct{}, 1)}
	b, err := os.ReadFile(filepath.Join(dir, fileLease))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &l.held)
	}
	if err != nil {
		return nil, fmt.Errorf("read who last used this agent: %w", err)
	}
	return l, nil
}

// errFenced is the refusal of an older host.
var errFenced = errors.New("another host has the agent")

// take gives the lease to a host on a connection. The connection that had it is
// cut. Clear is called where the host is a newer one, before it may use the
// agent.
func (l *lease) take(c *conn, epoch uint64, holder string, clear func()) error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	l.mu.Lock()
	was := l.held
	switch {
	case epoch == 0:
		l.mu.Unlock()
		return errors.New("a lease needs an epoch")
	case epoch < was.Epoch, epoch == was.Epoch && holder != was.Holder:
		l.mu.Unlock()
		return fmt.Errorf("%w: %s took it at %s", errFenced, was.Holder, was.Since.Format(time.RFC3339))
	}
	old := l.conn
	l.conn = nil
	l.mu.Unlock()
	if old != nil && old != c {
		old.cut() // before anything else of it is heard
	}
	now := held{epoch, holder, l.now()}
	if epoch == was.Epoch {
		now.Since = was.Since
	} else {
		if err := l.keep(now); err != nil {
			return fmt.Errorf("the agent can't note who uses it: %w", err)
		}
		clear()
	}
	l.mu.Lock()
	l.held, l.conn = now, c
	l.mu.Unlock()
	return nil
}

func (l *lease) keep(h held) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return replace(filepath.Join(l.dir, fileLease), append(b, '\n'), 0o600)
}

// drop says that a connection no longer is the holder's. The host may come back
// with the same epoch.
func (l *lease) drop(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == c {
		l.conn = nil
	}
}

// has reports whether a connection is the holder's.
func (l *lease) has(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return c != nil && l.conn == c
}

func (l *lease) read() (held, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held, l.conn != nil
}
