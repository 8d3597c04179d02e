package reader

import (
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
		p = &past{}
		m.readers[address] = p
	}
	return p
}

// past is what is known of one reader. One opening has it at a time, and the one before may still be ending.
type past struct {
	mu     sync.Mutex
	silent int // connections that ended before a word about versions
	old    bool
	last   map[string]time.Time // by code, the last read that was told, on the host's clock
}

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
