package reader

import (
	"context"
	"sync"
	"time"
)

// memory is what the plugin knows of readers beyond one opening.
type memory struct {
	mu      sync.Mutex
	readers map[string]*past
}

// of gives what is known of a device.
func (m *memory) of(address string) *past {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.readers == nil {
		m.readers = map[string]*past{}
	}
	p := m.readers[address]
	if p == nil {
		p = &past{turn: make(chan struct{}, 1)}
		m.readers[address] = p
	}
	return p
}

// past is what is known of one reader. The opening before may still be saying good-bye when the next begins.
type past struct {
	turn chan struct{} // holds one while a connection of ours is open

	mu     sync.Mutex
	silent int // connections that ended before a word about versions
	old    bool
	last   map[string]mark // by code, the last read that was told
}

// take waits until the connection before is closed.
func (p *past) take(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *past) give() { <-p.turn }

// shyAfter is how often a reader may hang up before it is no longer asked about versions.
const shyAfter = 2

func (p *past) shy() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent++; p.silent >= shyAfter {
		p.old, p.silent = !p.old, 0
	}
}

func (p *past) spoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = 0
}

func (p *past) onlyOld() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.old
}

// rememberFor is how long what was told is remembered: readers hold some minutes of reports.
const rememberFor = time.Hour

// mark is when a tag was last read: on the reader's clock, which tells the same when it repeats itself, and on the host's, by which a reader's clock
// that was set is seen.
type mark struct{ reader, host time.Time }

// keep remembers what a view has told.
func (p *past) keep(v *view, offset time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[string]mark{}
	}
	var newest time.Time
	for code, at := range v.marks {
		m := mark{reader: at, host: at.Add(-offset)}
		if m.host.After(p.last[code].host) {
			p.last[code] = m
		}
		if m.host.After(newest) {
			newest = m.host
		}
	}
	for code, m := range p.last {
		if newest.Sub(m.host) > rememberFor {
			delete(p.last, code)
		}
	}
}

// told says that a read of a code was told in an opening before.
func (p *past) told(code []byte, at mark) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, ok := p.last[string(code)]
	return ok && !at.reader.After(last.reader) && !at.host.After(last.host.Add(slack))
}

// slack is how far two estimates of a reader's clock may differ on a machine that has other things to do.
const slack = 2 * time.Second
