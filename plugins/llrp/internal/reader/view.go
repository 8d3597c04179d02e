package reader

import (
	"cmp"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

// maxInView is how many tags are followed at once. A reader reads some hundred a second.
const maxInView = 1 << 14

// maxReads is the most reads that one piece of evidence sums.
const maxReads = 1 << 20

// sight is a tag in view, and what was read of it since it was last told.
type sight struct {
	epc         string
	first, last time.Time // of the reads not told yet
	seen        time.Time // the last of all
	came        time.Time // the first of all
	reads       int       // not told yet
	antenna     int
	power       int
	phase       int
	told        time.Time // zero until it was
}

// counts are what became of reads that are no evidence.
type counts struct{ refused, crowded int }

// view makes evidence of reads. It keeps no clock.
type view struct {
	silence, restate, dwell time.Duration
	lane                    *signal.Lane // nil where there is none
	tags                    map[string]*sight
	counts                  counts
	marks                   map[string]time.Time // by code, the last read of tags that are gone
	report                  func(observe.Tag)
}

func newView(c *Config, report func(observe.Tag)) (*view, error) {
	v := &view{silence: c.Silence, restate: c.Restate, tags: map[string]*sight{}, marks: map[string]time.Time{}, report: report}
	if c.Lane == nil {
		return v, nil
	}
	opt := signal.LaneOptions{Silence: c.Silence, Wavelength: c.Lane.Wavelength}
	for _, a := range c.Antennas {
		opt.Antennas = append(opt.Antennas, signal.LaneAntenna{ID: a.ID, Along: a.Along})
	}
	lane, err := signal.NewLane(opt)
	if err != nil {
		return nil, invalid("lane", "%v", err)
	}
	v.lane, v.dwell = lane, c.Lane.Dwell
	return v, nil
}

// read takes one read, at times on the reader's clock. Outside a lane a tag that comes into view is told at once.
func (v *view) read(r *read, first, last time.Time) {
	s := v.sight(r.code)
	if s == nil {
		return
	}
	if s.reads == 0 {
		s.first, s.last, s.power, s.antenna, s.phase = first, last, math.MinInt, 0, 0
	}
	if s.came.IsZero() {
		s.came = first
	}
	if first.Before(s.first) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
	if last.After(s.seen) {
		s.seen = last
	}
	s.reads += r.count
	if r.power > s.power {
		s.power, s.antenna, s.phase = r.power, r.antenna, r.phase
	}
	if v.lane != nil {
		v.through(r, s.epc, first, last)
		return
	}
	if s.told.IsZero() || last.Sub(s.told) >= v.restate || s.reads >= maxReads {
		v.tell(s)
	}
}

// through hands a read to the filter of the lane. An entry that sums several reads is as many of the same.
func (v *view) through(r *read, epc string, first, last time.Time) {
	one := signal.Read{At: last, EPC: epc, Antenna: r.antenna, RSSI: float64(r.power) / 100, Doppler: r.doppler}
	if r.phase > 0 {
		one.Phase, one.Channel = float64(r.phase)/turn*2*math.Pi, r.channel
	}
	if r.count > 1 && first.Before(last) {
		early := one
		early.At = first
		v.lane.Read(early)
	}
	v.lane.Read(one)
}

// sight finds or begins a tag. It is nil for what is no EPC, or too much.
func (v *view) sight(code []byte) *sight {
	if s := v.tags[string(code)]; s != nil {
		return s
	}
	epc, err := gs1.EPCFromBytes(untwice(code))
	if err != nil {
		v.counts.refused++
		return nil
	}
	if len(v.tags) >= maxInView {
		v.counts.crowded++
		return nil
	}
	s := &sight{epc: string(epc)}
	v.tags[string(code)] = s
	return s
}

// untwice undoes what some readers do (Zebra's FX9600, with some settings): they give the EPC's hexadecimal digits as text in place of the EPC. It
// takes only what is a GS1 code of 96 bits then: no EPC of 192 bits begins so.
func untwice(code []byte) []byte {
	if len(code) != 24 {
		return code
	}
	b, err := hex.DecodeString(string(code))
	if err != nil || !strings.HasSuffix(gs1.EPC(strings.ToUpper(string(code))).Scheme(), "-96") {
		return code
	}
	return b
}

func (v *view) tell(s *sight) {
	v.report(observe.Tag{
		Interval: observe.Between(s.first, s.last), EPC: s.epc, Antenna: s.antenna, Power: measure.Power(s.power), Phase: s.phase, Reads: min(s.reads, observe.MaxReads),
	})
	s.told, s.reads = s.last, 0
}

// look tells what is due at a time on the reader's clock: passages that are over, tags that stay, and reads that were not told. It says
// how many tags are in view.
func (v *view) look(now time.Time) int {
	var due []*sight
	if v.lane != nil {
		for _, p := range v.lane.Flush(now) {
			t := tagOf(&p)
			t.Phase = v.done(p.EPC, p.Antenna)
			v.report(t)
		}
	}
	for key, s := range v.tags {
		gone := now.Sub(s.seen) >= v.silence
		if v.lane == nil && s.reads > 0 && (gone || now.Sub(s.told) >= v.restate) ||
			v.lane != nil && s.told.IsZero() && s.reads > 0 && s.seen.Sub(s.came) >= v.dwell {
			due = append(due, s)
		}
		if gone {
			v.drop(key, s)
		}
	}
	slices.SortFunc(due, func(a, b *sight) int { return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.epc, b.epc)) })
	for _, s := range due {
		v.tell(s)
	}
	return len(v.tags)
}

// done drops what a passage told of, and gives the phase of its strongest read by an antenna.
func (v *view) done(epc string, antenna int) (phase int) {
	for key, s := range v.tags {
		if s.epc == epc {
			if s.antenna == antenna {
				phase = s.phase
			}
			v.drop(key, s)
		}
	}
	return phase
}

// drop forgets a tag but for when it was last read.
func (v *view) drop(key string, s *sight) {
	delete(v.tags, key)
	if len(v.marks) >= 4*maxInView {
		for k, at := range v.marks {
			if s.seen.Sub(at) > rememberFor/4 || len(v.marks) >= 4*maxInView {
				delete(v.marks, k)
			}
		}
	}
	v.marks[key] = s.seen
}

// end tells all that was not told: nothing more comes.
func (v *view) end() {
	for key, s := range v.tags {
		v.marks[key] = s.seen
	}
	if v.lane != nil {
		for _, p := range v.lane.Close() {
			v.report(tagOf(&p))
		}
		return
	}
	for _, s := range v.tags {
		if s.reads > 0 {
			v.tell(s)
		}
	}
}

func tagOf(p *signal.Passage) observe.Tag {
	t := observe.Tag{Interval: observe.Between(p.Onset, p.Settled), EPC: p.EPC, Antenna: p.Antenna, Power: p.Strongest, Reads: min(p.Reads, observe.MaxReads)}
	switch p.Direction {
	case signal.In:
		t.Direction, t.Confidence = observe.DirectionIn, p.Confidence
	case signal.Out:
		t.Direction, t.Confidence = observe.DirectionOut, p.Confidence
	case signal.None:
	}
	return t
}
