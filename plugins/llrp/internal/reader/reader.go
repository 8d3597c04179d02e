package reader

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
	"github.com/openaisle/aisle/plugins/llrp/internal/session"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid"
)

// Reader is one reader, set up and reading.
type Reader struct {
	config  Config
	env     sdk.Env
	session *session.Session
	can     abilities
	clock   clock
	past    *past
	health  health
	unhook  func() bool

	view     *view
	opened   time.Time
	replayed int
	coming   int
	lit      bool

	telemetry telemetry
}

var _ rfid.Reader = (*Reader)(nil)

// lookEvery is how often the view is asked what is due, at most.
const lookEvery = 50 * time.Millisecond

// errOverflow: the reader has lost reads.
var errOverflow = errors.New("its report buffer ran over: reads were lost")

// Open gives a driver's open function. What it learns of readers lives as long as the plugin.
func Open() func(context.Context, sdk.Env, Config) (rfid.Reader, error) {
	known := &memory{}
	return func(ctx context.Context, env sdk.Env, c Config) (rfid.Reader, error) {
		return open(ctx, env, c, known.of(env.Address))
	}
}

func open(ctx context.Context, env sdk.Env, c Config, p *past) (*Reader, error) {
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reader{config: c, env: env, past: p}
	if _, err := newView(&c, nil); err != nil { // before anything is said to the reader
		return nil, err
	}
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	r.clock = newClock(r.session.Began())
	if err := r.setUp(); err != nil {
		r.session.Drop()
		p.give()
		return nil, err
	}
	p.spoke()
	r.unhook = context.AfterFunc(ctx, func() { // should Run never be called
		r.session.Drop()
		p.give()
	})
	return r, nil
}

// backOff is how long a reader that has another client is left alone at first, then twice as long, and so on.
const backOff = 100 * time.Millisecond

// connect waits until our connection before is closed, and then, for as long as the reader may take to answer, for the reader to see that too.
func (r *Reader) connect(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, r.config.Answer)
	defer cancel()
	if err := r.past.take(within); err != nil {
		return fault.At("addr", r.lost("reach", fmt.Errorf("%w: the connection before is still ending", session.ErrTaken)))
	}
	for wait := backOff; ; wait *= 2 {
		s, err := session.Dial(ctx, r.config.Addr, session.Options{
			Answer: r.config.Answer, Keepalive: r.config.Keepalive, Old: r.config.Version == "1.0.1" || r.past.onlyOld(), Deaf: r.deaf,
		})
		if err == nil {
			r.session = s
			return nil
		}
		if errors.Is(err, session.ErrClosed) {
			r.past.shy() // it may be the question about versions that it can't stand
		}
		if errors.Is(err, session.ErrTaken) {
			select {
			case <-time.After(wait):
				continue
			case <-within.Done():
			}
		}
		r.past.give()
		return fault.At("addr", r.lost("reach", err))
	}
}

// setUp asks what the reader can do, and makes it read.
func (r *Reader) setUp() error {
	answer, err := r.session.Ask(&codec.GetReaderCapabilities{RequestedData: codec.GetReaderCapabilitiesRequestedDataAll})
	if err != nil {
		return r.lost("ask what it can do", err)
	}
	has, ok := answer.(*codec.GetReaderCapabilitiesResponse)
	if !ok {
		return r.lost("ask what it can do", fmt.Errorf("it answered with %s: %w", codec.NameOf(answer), codec.ErrMalformed))
	}
	r.can = abilitiesOf(has)
	for i, o := range r.config.Outputs {
		if o.Port > r.can.outputs {
			return invalid(fmt.Sprintf("gpo[%d].port", i), "output %d: the reader has %d", o.Port, r.can.outputs)
		}
	}
	spec, err := roSpec(&r.config, &r.can)
	if err != nil {
		return err
	}
	if r.can.maker == impinj {
		if _, err := r.session.Ask(&codec.CustomMessage{VendorIdentifier: impinj, MessageSubtype: impinjEnableExtensions, Data: make([]byte, 4)}); err != nil {
			return r.lost("switch its extensions on", err)
		}
	}
	for _, step := range []struct {
		deed string
		m    codec.Message
		soft bool // it does without
	}{
		{"delete what others set", &codec.DeleteAccessSpec{}, true},
		{"delete what was set", &codec.DeleteROSpec{}, true}, // what is in the way is told when ours is added
		{"set its keep-alives", readerConfig(&r.config, &r.can), false},
		{"ask for its events", eventConfig(), true},
		{"say what to read", &codec.AddROSpec{ROSpec: spec}, false},
		{"switch reading on", &codec.EnableROSpec{ROSpecID: roSpecID}, false},
	} {
		ask := r.session.Ask
		if step.soft {
			ask = r.session.Try
		}
		_, err := ask(step.m)
		if err != nil && step.soft && (errors.Is(err, session.ErrRefused) || errors.Is(err, session.ErrSilent)) {
			r.env.Log.Info("the reader does without", "step", step.deed, "why", err)
			continue
		}
		if err != nil {
			return r.lost(step.deed, err)
		}
	}
	if err := r.session.Tell(&codec.EnableEventsAndReports{}); err != nil {
		return r.lost("have what it held back", err)
	}
	r.set("ready", true)
	r.env.Log.Info("reader is set up", "maker", r.can.maker, "model", r.can.model, "firmware", session.Printable(r.can.firmware),
		"llrp", versions[r.session.Version()], "antennas", r.can.antennas, "clock_ahead", r.clock.offset)
	return nil
}

// versions name those of a message's header.
var versions = map[uint8]string{codec.Version101: "1.0.1", codec.Version11: "1.1"}

// Run makes evidence of what the reader says until ctx ends or it is lost.
func (r *Reader) Run(ctx context.Context, report func(observe.Tag)) error {
	if !r.unhook() {
		return ctx.Err()
	}
	defer r.past.give()
	r.opened = time.Now()
	r.view, _ = newView(&r.config, report) // it was made before: see open
	r.tellClock()
	err := r.session.Run(ctx, r.take, lookEvery, r.tick)
	r.view.end()
	r.past.keep(r.view, r.clock.offset)
	if ctx.Err() != nil {
		r.set("ready", false)
		r.set("seen", false)
		if err := r.session.Close(); err != nil {
			r.env.Log.Info("the reader said no good-bye", "why", err)
		}
		return ctx.Err()
	}
	r.session.Drop()
	return r.lost("read from", err)
}

// take takes a message that the reader sent by itself, or in answer to something told.
func (r *Reader) take(m codec.Message) error {
	now := time.Now()
	switch m := m.(type) {
	case *codec.ROAccessReport:
		for _, t := range m.TagReportData {
			r.tag(t, now)
		}
	case *codec.ReaderEventNotification:
		if m.ReaderEventNotificationData != nil {
			return r.event(m.ReaderEventNotificationData)
		}
	default:
		if err := session.Refusal(m); err != nil {
			r.health.happened("refused", "the reader refused what it was told: "+err.Error())
			r.env.Log.Warn("the reader refused what it was told", "why", err)
		}
	}
	return nil
}

// tag takes one entry of a report.
func (r *Reader) tag(t *codec.TagReportData, now time.Time) {
	one, ok := readOf(t)
	if !ok {
		r.view.counts.refused++
		return
	}
	r.telemetry.read(one.count)
	if one.first == 0 {
		at := now.Add(r.clock.offset)
		r.view.read(&one, at, at)
		return
	}
	if one.uptime == r.clock.utc { // it told the other clock when it took the connection
		r.clock = newClock(one.last, !one.uptime, now)
	}
	first, last := r.clock.at(one.first), r.clock.at(one.last)
	if r.clock.see(last, now) == coming {
		r.coming++
		return
	}
	if host := last.Add(-r.clock.offset); host.Before(r.opened.Add(slack)) && r.past.told(one.code, mark{last, host}) {
		r.replayed++
		return
	}
	r.view.read(&one, first, last)
}

// tick looks at what is due.
func (r *Reader) tick() {
	now := time.Now()
	if set := r.clock.look(now); set != 0 {
		r.env.Log.Warn("the reader's clock was set", "by", set)
		r.health.happened("clock set", fmt.Sprintf("the reader's clock was set by %v: reads of the last seconds may be told at a wrong time, or not at all", set.Round(time.Millisecond)))
		r.tellClock()
	} else if r.env.Link != nil {
		r.env.Link.ClockOffset(r.clock.offset)
	}
	tags := r.view.look(now.Add(r.clock.offset))
	r.telemetry.look(tags, now)
	seen := tags > 0
	if seen != r.lit {
		r.lit = seen
		r.set("seen", seen)
	}
	r.count()
}

// count tells of reads that became no evidence.
func (r *Reader) count() {
	if r.replayed > 0 {
		r.env.Log.Info("the reader repeated reads that were told", "reads", r.replayed)
		r.replayed = 0
	}
	if r.coming > 0 {
		r.health.happened("coming", fmt.Sprintf("%d reads carry a time that is still to come, and are not told: was the reader's clock set, or was it restarted?", r.coming))
		r.coming = 0
	}
	if c := &r.view.counts; c.crowded > 0 {
		r.health.happened("crowded", fmt.Sprintf("more than %d tags are in view: reads of others are not told", maxInView))
		*c = counts{refused: c.refused}
	}
}

// tellClock says how far the reader's clock is off.
func (r *Reader) tellClock() {
	if r.env.Link != nil {
		r.env.Link.ClockOffset(r.clock.offset)
	}
	switch off := r.clock.offset; {
	case off > tellOff:
		r.health.holds("clock", fmt.Sprintf("the reader's clock is %v ahead; its times are corrected: give it a time server", off.Round(time.Second)))
	case off < -tellOff:
		r.health.holds("clock", fmt.Sprintf("the reader's clock is %v behind; its times are corrected: give it a time server", -off.Round(time.Second)))
	default:
		r.health.over("clock")
	}
}

// event takes what the reader says of itself.
func (r *Reader) event(e *codec.ReaderEventNotificationData) error {
	switch {
	case e.ConnectionCloseEvent != nil:
		return fmt.Errorf("%w: it said so", session.ErrClosed)
	case e.ReportBufferOverflowErrorEvent != nil:
		return errOverflow
	case e.ReportBufferLevelWarningEvent != nil:
		full := e.ReportBufferLevelWarningEvent.ReportBufferPercentageFull
		r.env.Log.Warn("the reader's report buffer fills up", "percent", full)
		r.health.happened("buffer", fmt.Sprintf("the reader's report buffer is %d %% full: is the network slow?", full))
	case e.AntennaEvent != nil:
		r.antenna(e.AntennaEvent)
	case e.ReaderExceptionEvent != nil:
		says := session.Printable(e.ReaderExceptionEvent.Message)
		r.env.Log.Warn("the reader has an exception", "says", says)
		r.health.happened("exception", "the reader says: "+says)
	case e.ConnectionAttemptEvent != nil:
		r.env.Log.Warn("someone else tried to connect to the reader")
		r.health.happened("another", "someone else tries to connect to the reader")
	case e.GPIEvent != nil:
		r.env.Log.Info("input", "port", e.GPIEvent.GPIPortNumber, "high", e.GPIEvent.GPIEvent)
	}
	return nil
}

func (r *Reader) antenna(e *codec.AntennaEvent) {
	about := fmt.Sprintf("antenna %05d", e.AntennaID)
	if e.EventType == codec.AntennaEventTypeAntennaConnected {
		r.health.over(about)
		return
	}
	r.health.holds(about, fmt.Sprintf("antenna %d is not connected: look at its cable", e.AntennaID))
	r.env.Log.Warn("antenna is not connected", "antenna", e.AntennaID)
}

// deaf notes a message that can't be read.
func (r *Reader) deaf(err error) {
	r.health.happened("deaf", "a message of the reader can't be read, and what it told is missing: "+err.Error())
	r.env.Log.Warn("a message of the reader can't be read", "why", err)
}

// set sets the outputs that show something.
func (r *Reader) set(when string, high bool) {
	var data []*codec.GPOWriteData
	for _, o := range r.config.Outputs {
		if o.When == when {
			data = append(data, &codec.GPOWriteData{GPOPortNumber: uint16(o.Port), GPOData: high})
		}
	}
	if len(data) == 0 {
		return
	}
	if err := r.session.Tell(&codec.SetReaderConfig{GPOWriteData: data}); err != nil {
		r.env.Log.Warn("set outputs", "when", when, "high", high, "why", err)
	}
}

// Condition says what is wrong.
func (r *Reader) Condition() sdk.Condition { return r.health.condition(time.Now()) }

// Identity is what the reader says that it is.
func (r *Reader) Identity() sdk.Identity {
	maker := fmt.Sprintf("maker %d", r.can.maker) // Private Enterprise Number
	if r.can.maker == impinj {
		maker = "Impinj"
	}
	return sdk.Identity{Model: fmt.Sprintf("%s %d", maker, r.can.model), Firmware: session.Printable(r.can.firmware)}
}

// lost says what to look at.
func (r *Reader) lost(deed string, err error) error {
	hint := ""
	switch {
	case errors.Is(err, session.ErrSilent):
		hint = "; is it switched on, and is LLRP?"
	case errors.Is(err, session.ErrSlow):
		hint = "; is the network well?"
	case errors.Is(err, codec.ErrVersion):
		hint = `; write version = "1.0.1" if it has an older firmware`
	case errors.Is(err, codec.ErrMalformed):
		hint = "; is this the port of LLRP, 5084?"
	case errors.Is(err, session.ErrClosed):
		hint = "; was it restarted, or has it another client?"
	}
	return fault.Wrap(fault.Unavailable, deed+" the reader at "+r.config.Addr, fmt.Errorf("%w%s", err, hint))
}
