package supervisor

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// What a chunk of output costs. Short lines and short writes cost more than
// their bytes, for each of them is work: what is counted is at least costLine
// for a line and for a write.
const costLine = 64

// The pauses after what was dropped. Whoever prints too much finds its pipe full
// and waits, as for a slow terminal, rather than keeping the host busy with
// throwing away. It is never stopped: dropRate is many times what is kept.
const (
	dropRate  = 8 << 20 // bytes a second
	dropPause = time.Millisecond
	dropMost  = time.Second
)

// output is all that a plugin prints, whichever way it comes: its standard
// error, what it prints besides the handshake, and what go-plugin carries. It
// makes a log record of each line, keeps the last lines for the cause of a
// crash, and drops what is over the limit.
type output struct {
	plugin string
	log    *slog.Logger
	store  slog.Handler // nil to store nothing
	now    func() time.Time
	note   time.Duration
	ended  chan struct{} // closed by close

	mu       sync.Mutex
	limit    *bucket
	tail     []string
	fatal    string // the last line that says that a program dies
	dropped  int64
	untold   int64 // dropped and not told yet
	told     time.Time
	unstored time.Time // when it was last told that nothing could be stored
}

func newOutput(plugin string, log *slog.Logger, now func() time.Time, l Limits) *output {
	at := now()
	return &output{
		plugin: plugin, log: log, now: now, note: l.OutputNote, ended: make(chan struct{}),
		limit: newBucket(l.OutputRate, l.OutputBurst, at), told: at.Add(-l.OutputNote), unstored: at.Add(-l.OutputNote),
	}
}

// output makes that of a process, which is stored with the plugin's.
func (s *Supervisor) output(plugin string) *output {
	o := newOutput(plugin, s.log, s.now, s.limits)
	o.store = s.logs.of(plugin)
	return o
}

// stream returns a writer that splits one stream into lines. It never fails, and
// blocks for a moment where something was dropped.
func (o *output) stream(name string) *lines { return &lines{to: o, name: name} }

// admit reports whether a chunk of n bytes that costs so much may be kept.
func (o *output) admit(n, cost int) bool {
	o.mu.Lock()
	now := o.now()
	ok := o.limit.take(cost, now)
	if !ok {
		o.dropped += int64(n)
		o.untold += int64(n)
	}
	tell := o.untell(now, false)
	o.mu.Unlock()
	o.tell(now, tell)
	return ok
}

// untell returns how many bytes it is time to tell of. The lock is held.
func (o *output) untell(now time.Time, last bool) int64 {
	if o.untold == 0 || !last && now.Sub(o.told) < o.note {
		return 0
	}
	n := o.untold
	o.untold, o.told = 0, now
	return n
}

// tell logs what was dropped.
func (o *output) tell(now time.Time, bytes int64) {
	if bytes > 0 {
		o.record(now, slog.LevelWarn, "plugin prints too much; output dropped", slog.Int64("bytes", bytes))
	}
}

// close tells of what was dropped last, and holds nobody up any longer.
func (o *output) close() {
	o.mu.Lock()
	now := o.now()
	tell := o.untell(now, true)
	o.mu.Unlock()
	o.tell(now, tell)
	close(o.ended)
}

func (o *output) droppedBytes() int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dropped
}

// last returns the last lines, escaped, the oldest first. What the program said
// when it died comes before them, however much came after it.
func (o *output) last() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	if o.fatal != "" && !slices.Contains(o.tail, o.fatal) {
		all = append(all, o.fatal)
	}
	return append(all, o.tail...)
}

// remember keeps a message for the cause of a crash.
func (o *output) remember(message string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if fatal(message) {
		o.fatal = escape(message, maxTailLine)
	}
	if len(o.tail) == maxTail {
		o.tail = append(o.tail[:0], o.tail[1:]...)
	}
	o.tail = append(o.tail, escape(message, maxTailLine))
}

func (o *output) line(stream string, b []byte, cut bool) {
	b = bytes.TrimRight(b, "\r")
	if len(b) == 0 {
		return
	}
	said := parseLine(b)
	o.remember(said.message)
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
// at the host's time: a plugin can choose neither. No lock is held, for a disk
// may be slow.
func (o *output) record(at time.Time, level slog.Level, message string, attrs ...slog.Attr) {
	r := slog.NewRecord(at, level, message, 0)
	r.AddAttrs(slog.String("plugin", o.plugin))
	r.AddAttrs(attrs...)
	ctx := context.Background()
	if h := o.log.Handler(); h.Enabled(ctx, level) {
		_ = h.Handle(ctx, r) // there is nobody to tell that a log can't be written
	}
	if o.store == nil {
		return
	}
	if err := o.store.Handle(ctx, r); err != nil {
		o.notStored(at, err)
	}
}

// notStored says once in a while that nothing can be stored.
func (o *output) notStored(at time.Time, err error) {
	o.mu.Lock()
	say := at.Sub(o.unstored) >= o.note
	if say {
		o.unstored = at
	}
	o.mu.Unlock()
	if say {
		o.log.Warn("what a plugin prints can't be stored", "plugin", o.plugin, "error", err.Error())
	}
}

// pause holds up the reading of a stream of which n bytes were dropped.
func (o *output) pause(n int) {
	d := time.Duration(float64(n) / dropRate * float64(time.Second))
	t := time.NewTimer(min(max(d, dropPause), dropMost))
	defer t.Stop()
	select {
	case <-t.C:
	case <-o.ended:
	}
}
