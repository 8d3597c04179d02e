package supervisor

import (
	"bytes"
	"io"
	"sync"
)

// lines splits a stream into lines of bounded length.
type lines struct {
	to   *output
	name string

	mu   sync.Mutex
	buf  []byte
	skip bool   // until the next end of line
	lost []byte // the end of what was dropped last; nil after what was not
}

// maxLost is how much of the end of what was dropped is kept: what a program
// says when it dies comes after the flood.
const maxLost = 4 << 10

var _ io.Writer = (*lines)(nil)

// Write takes a chunk of the stream. A chunk that is over the limit takes the
// line it began or ended with along.
func (l *lines) Write(p []byte) (int, error) {
	if n := len(p); n > 0 && !l.take(p) {
		l.to.pause(n)
	}
	return len(p), nil
}

// take reports whether the chunk was within the limit.
func (l *lines) take(p []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.to.admit(len(p), max(len(p), costLine*max(1, bytes.Count(p, []byte{'\n'})))) {
		l.buf, l.skip = l.buf[:0], p[len(p)-1] != '\n'
		l.lose(p)
		return false
	}
	l.lost = nil
	for len(p) > 0 {
		part, rest, whole := bytes.Cut(p, []byte{'\n'})
		l.add(part)
		if whole {
			l.flush(false)
			l.skip = false
		}
		p = rest
	}
	return true
}

// lose keeps the end of what is dropped, and what a program says when it dies.
func (l *lines) lose(p []byte) {
	for _, said := range []string{"\n" + panicked, "\n" + fatalError} {
		if i := bytes.LastIndex(p, []byte(said)); i >= 0 {
			line, _, _ := bytes.Cut(p[i+1:], []byte{'\n'})
			l.to.remember(string(line[:min(len(line), maxTailLine)]))
		}
	}
	if cap(l.lost) == 0 {
		l.lost = make([]byte, 0, maxLost)
	}
	if len(p) >= maxLost {
		l.lost = append(l.lost[:0], p[len(p)-maxLost:]...)
		return
	}
	if over := len(l.lost) + len(p) - maxLost; over > 0 {
		l.lost = append(l.lost[:0], l.lost[over:]...)
	}
	l.lost = append(l.lost, p...)
}

func (l *lines) add(part []byte) {
	if l.skip {
		return
	}
	if room := maxLine - len(l.buf); len(part) > room {
		l.buf = append(l.buf, part[:room]...)
		l.flush(true)
		l.skip = true
		return
	}
	l.buf = append(l.buf, part...)
}

func (l *lines) flush(cut bool) {
	if len(l.buf) > 0 {
		l.to.line(l.name, l.buf, cut)
		l.buf = l.buf[:0]
	}
}

// end takes what is left for a line. The last lines of what was dropped are not
// logged, and count for the cause of a crash all the same.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush(false)
	for line := range bytes.Lines(l.lost) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			l.to.remember(parseLine(line).message)
		}
	}
	l.lost = nil
}
