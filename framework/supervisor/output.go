package supervisor

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// output is all that a plugin prints, whichever way it comes: its standard
// error, what it prints besides the handshake, and what go-plugin carries. It
// makes a log record of each line, keeps the last lines for the cause of a
// crash, and drops what is over the limit.
type output struct {
	plugin string
	log    *slog.Logger
	now    func() time.Time
	note   time.Duration

	mu      sync.Mutex
	limit   *bucket
	tail    []string
	dropped int64
	untold  int64 // dropped and not told yet
	told    time.Time
}

func newOutput(plugin string, log *slog.Logger, now func() time.Time, l Limits) *output {
	at := now()
	return &output{
		plugin: plugin, log: log, now: now, note: l.OutputNote,
		limit: newBucket(l.OutputRate, l.OutputBurst, at), told: at.Add(-l.OutputNote),
	}
}

// stream returns a writer that splits one stream into lines. It never fails and
// never blocks on anything but the log.
func (o *output) stream(name string) *lines { return &lines{to: o, name: name} }

// admit reports whether a chunk of n bytes may be kept.
func (o *output) admit(n int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	ok := o.limit.take(n, now)
	if !ok {
		o.dropped += int64(n)
		o.untold += int64(n)
	}
	if o.untold > 0 && now.Sub(o.told) >= o.note {
		o.tell(now)
	}
	return ok
}

// tell logs what was dropped. The lock is held.
func (o *output) tell(now time.Time) {
	o.record(now, slog.LevelWarn, "plugin prints too much; output dropped", slog.Int64("bytes", o.untold))
	o.untold, o.told = 0, now
}

// close tells of what was dropped last.
func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.untold > 0 {
		o.tell(o.now())
	}
}

func (o *output) droppedBytes() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

// last returns the last lines, escaped, the oldest first.
func (o *output) last() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.tail...)
}

func (o *output) line(stream string, b []byte, cut bool) {
	b = bytes.TrimRight(b, "\r")
	if len(b) == 0 {
		return
	}
	said := parseLine(b)
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.tail) == maxTail {
		o.tail = append(o.tail[:0], o.tail[1:]...)
	}
	o.tail = append(o.tail, escape(said.message, maxTailLine))
	attrs := []slog.Attr{slog.String("stream", stream)}
	if cut {
		attrs = append(attrs, slog.Bool("cut", true))
	}
	if len(said.fields) > 0 {
		attrs = append(attrs, slog.Attr{Key: "said", Value: slog.GroupValue(said.fields...)})
	}
	o.record(o.now(), said.level, escape(said.message, maxText), attrs...)
}

// record writes one log record under the plugin's name as the host knows it and
// at the host's time: a plugin can choose neither.
func (o *output) record(at time.Time, level slog.Level, message string, attrs ...slog.Attr) {
	ctx := context.Background()
	h := o.log.Handler()
	if !h.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(at, level, message, 0)
	r.AddAttrs(slog.String("plugin", o.plugin))
	r.AddAttrs(attrs...)
	_ = h.Handle(ctx, r) // there is nobody to tell that a log can't be written
}

// lines splits a stream into lines of bounded length.
type lines struct {
	to   *output
	name string

	mu   sync.Mutex
	buf  []byte
	skip bool // until the next end of line
}

var _ io.Writer = (*lines)(nil)

// Write takes a chunk of the stream. A chunk that is over the limit takes the
// line it began or ended with along.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	if !l.to.admit(n) {
		l.buf, l.skip = l.buf[:0], true
		if n > 0 && p[n-1] == '\n' {
			l.skip = false
		}
		return n, nil
	}
	for len(p) > 0 {
		part, rest, whole := bytes.Cut(p, []byte{'\n'})
		l.add(part)
		if whole {
			l.flush(false)
			l.skip = false
		}
		p = rest
	}
	return n, nil
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

// end takes what is left for a line.
func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush(false)
}
