package wire

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A Lookout looks, for a moment, for what somebody waits for, where the thread
// would otherwise go to sleep until it has come. To be woken costs some
// microseconds, and tens of them where the processor was halted meanwhile, as that
// of an idle virtual machine is: of many commands that go back and forth in a few
// messages that is most of their time. Who has one command to wait for, or none,
// does not ask it to look.
//
// It pays only while the other end has a processor, too, and so it is tried: where
// fewer than enough of some looks found something in time, as many waits and more
// go without, twice as many each time. For one goroutine at a time, but for Looks.
type Lookout struct {
	tried, found int // looks of this try
	rest, left   int // waits without, after a try that did not pay
	looks        atomic.Uint64
}

const (
	// lookFor is how long a look goes: what comes within that, on a machine with
	// nothing else to do, comes after 20 us, and nine times of ten.
	lookFor = 50 * time.Microsecond
	// mostAsked bounds a look where the clock stands still.
	mostAsked = 200
	// try is of how many looks it is judged whether they pay, and enough how many
	// of them have to: on an idle machine nearly all do, on one with much other
	// work nearly none.
	try    = 32
	enough = try / 4
	// mostRest lets no more than one wait of 32 have a look where none pays.
	mostRest = 31 * try
)

// Look returns when something is there, or after a moment. Others run meanwhile.
func (l *Lookout) Look(something func() bool) {
	if l.left > 0 {
		l.left--
		return
	}
	if something() {
		return // who waits for it would not have slept
	}
	l.looks.Add(1)
	l.tried++
	start := time.Now()
	for range mostAsked {
		runtime.Gosched()
		there := something()
		if time.Since(start) > lookFor {
			break // and if it is there: others wanted the processor
		}
		if there {
			l.found++
			break
		}
	}
	if l.tried < try {
		return
	}
	if l.found >= enough {
		l.rest = 0
	} else {
		l.rest = min(2*l.rest+try, mostRest)
	}
	l.left, l.tried, l.found = l.rest, 0, 0
}

// Looks is how many times it has looked.
func (l *Lookout) Looks() uint64 { return l.looks.Load() }
