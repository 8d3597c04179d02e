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
	last   map[string]time.Time // by code, the last read that was told, on the host's clock
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

// keep remembers what a view has told.
func (p *past) keep(v *view, offset time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	var newest time.Time
	for code, s := range v.marks {
		at := s.Add(-offset)
		if at.After(p.last[code]) {
			p.last[code] = at
		}
		if at.After(newest) {
			newest = at
		}
	}
	for code, at := range p.last {
		if newest.Sub(at) > rememberFor {
			delete(p.last, code)
		}
	}
}

// told says that a read of a code, at a time on the host's clock, was told in an opening before. The two clocks are matched anew at each: what
// is nearer than slack is the same.
func (p *past) told(code []byte, at time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last, ok := p.last[string(code)]
	return ok && !at.After(last.Add(slack))
}

// slack is how far two estimates of a reader's clock differ.
const slack = 20 * time.Millisecond
