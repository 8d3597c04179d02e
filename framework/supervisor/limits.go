package supervisor

import "time"

// The deadlines and limits of a plugin process.
const (
	// StartWithin is how long a plugin has from spawn to its first answer.
	StartWithin = 5 * time.Second
	// PingEvery is how often a plugin is asked for its health, PingWithin how
	// long it has to answer, and PingMisses how many answers in a row may be
	// missing before it is taken for hung. A ping that failed is repeated at
	// once, so that a plugin that stands still is replaced after 3.25 s and its
	// start, which together are to be less than 4 s.
	PingEvery  = 750 * time.Millisecond
	PingWithin = 1250 * time.Millisecond
	PingMisses = 2
	// EndWithin is how long a plugin that can't be talked to any more is given
	// to be seen to have ended, before it is taken for one that does not
	// answer.
	EndWithin = time.Second
	// StopGrace is how long a plugin has to end when it is asked to; then its
	// process group is killed. StopWithin is how long Stop takes at most.
	StopGrace  = 2 * time.Second
	StopWithin = 3 * time.Second

	// RestartFirst doubles with each restart after the first, which is at
	// once, up to RestartMost. RestartSpread is the share of the delay by
	// which it is moved at random, so that plugins that fell together don't
	// get up together.
	RestartFirst  = 250 * time.Millisecond
	RestartMost   = 30 * time.Second
	RestartSpread = 0.2
	// CrashLimit crashes within CrashWindow open the circuit. A crash before
	// the plugin was ready counts StartCrashes.
	CrashLimit   = 5
	CrashWindow  = 10 * time.Minute
	StartCrashes = 2

	// SwapWithin is how long each step of an upgrade may take: that the new
	// instance answers, that the old one is let go, that what served serves
	// again. Back and forth it is less than 5 s.
	SwapWithin = 2 * time.Second

	// OutputRate is how many bytes of output a second are kept of one plugin
	// once OutputBurst is used up. What is over that is dropped and counted,
	// and told of every OutputNote.
	OutputRate  = 64 << 10
	OutputBurst = 1 << 20
	OutputNote  = 10 * time.Second
)

// The bounds of what is kept of a plugin's words.
const (
	maxHandshake   = 4 << 10  // bytes of the handshake line, its end included
	maxCertificate = 3 << 10  // bytes of the certificate in it
	maxLine        = 16 << 10 // bytes of one line of output
	maxText        = 4 << 10  // bytes of one text in a log record
	maxFields      = 32       // fields of one structured log line
	maxTail        = 20       // last lines kept for the cause of a crash
	maxTailLine    = 256      // bytes of each
	maxShown       = 256      // bytes of rubbish shown in an error
)

// drainWithin is how long output is read on after a process has gone, unless it
// ends before, as it does at once where nobody else holds the pipe. What the
// process wrote last says why it went, and on a busy machine reading it takes its
// time; a stranger that holds the pipe open must not keep anyone waiting for long.
const drainWithin = time.Second

// goneWithin is how long a process that was killed is waited for before another
// takes its place: a kill takes effect at once, or the kernel is at fault.
const goneWithin = 500 * time.Millisecond

// Limits are the deadlines and limits of plugin processes. A field that is zero
// has its default.
type Limits struct {
	StartWithin, PingEvery, PingWithin, EndWithin, StopGrace, StopWithin time.Duration
	RestartFirst, RestartMost, CrashWindow, OutputNote                   time.Duration
	SwapWithin                                                           time.Duration

	PingMisses, CrashLimit, StartCrashes, OutputRate, OutputBurst int
}

func (l *Limits) withDefaults() Limits {
	var v Limits
	if l != nil {
		v = *l
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&v.StartWithin, StartWithin}, {&v.PingEvery, PingEvery}, {&v.PingWithin, PingWithin}, {&v.EndWithin, EndWithin},
		{&v.StopGrace, StopGrace}, {&v.StopWithin, StopWithin}, {&v.RestartFirst, RestartFirst},
		{&v.RestartMost, RestartMost}, {&v.SwapWithin, SwapWithin}, {&v.CrashWindow, CrashWindow}, {&v.OutputNote, OutputNote},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, n := range []struct {
		field *int
		value int
	}{
		{&v.PingMisses, PingMisses}, {&v.CrashLimit, CrashLimit}, {&v.StartCrashes, StartCrashes},
		{&v.OutputRate, OutputRate}, {&v.OutputBurst, OutputBurst},
	} {
		if *n.field == 0 {
			*n.field = n.value
		}
	}
	return v
}
