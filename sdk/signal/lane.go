package signal

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// A Direction is which way a tag went through a lane.
type Direction int

// The directions. In is from the street to the store: along the axis that
// LaneAntenna.Along is measured on.
const (
	None Direction = iota // it can't be told, or the tag did not move
	In
	Out
)

// String returns the direction's name, for logs.
func (d Direction) String() string {
	switch d {
	case None:
		return "none"
	case In:
		return "in"
	case Out:
		return "out"
	}
	return "invalid"
}

// A Read is one tag read as a reader reports it (LLRP TagReportData).
type Read struct {
	At      time.Time // on the reader's clock
	EPC     string    // the key of the tag: the filter compares, and no more
	Antenna int       // LLRP AntennaID
	RSSI    float64   // peak power, dBm
	// Phase is in radians, modulo a turn, in the sense that it grows as the
	// tag comes nearer (the sense of Impinj's readers; negate it for others).
	// It is used only where Channel says which carrier it belongs to.
	Phase   float64
	Channel int // LLRP ChannelIndex, from 1; 0 when unknown
	// Doppler is in hertz, positive for a tag that comes nearer; 0 when the
	// reader does not report it.
	Doppler float64
}

// A Passage is what the reads of one tag add up to, from when it came until
// it was no longer seen.
type Passage struct {
	EPC       string
	Onset     time.Time // first read
	Settled   time.Time // last read
	Direction Direction
	// Confidence is how likely the direction is right; for None how likely
	// the likelier of the two would have been.
	Confidence measure.Probability
	Reads      int
	Strongest  measure.Power // the greatest RSSI
	Antenna    int           // that had it
}

// LaneCounts says what became of the reads.
type LaneCounts struct {
	Reads   int64 // given
	Invalid int64 // with an impossible RSSI, or an unknown antenna: ignored
	Dropped int64 // of tags beyond maxTags: ignored
}

// maxTags is how many tags a lane follows at once. A reader gives some 700
// reads a second at most, so that more can't be in the field and be read
// often enough to be followed. At some 600 bytes each it bounds the memory.
const maxTags = 2048

// maxCarriers is how many carriers of antennas a tag is remembered on: eight
// antennas on the 50 channels of the American band. Each takes some 60 bytes.
const maxCarriers = 400

// maxReads is how many reads one passage sums before it is closed as it is:
// a tag that lies in the field must not be followed for ever.
const maxReads = 1 << 16

// minRSSI and maxRSSI, in dBm, are what a reader can report: a receiver hears
// nothing below, and none is fed more than it sends.
const (
	minRSSI = -120
	maxRSSI = 30
)

// A Lane tells which way tags go through a lane. It is not safe for
// concurrent use and keeps no clock.
type Lane struct {
	opt    LaneOptions
	along  map[int]float64 // antenna to its place, -1 at the street to +1
	tags   map[string]*tag
	counts LaneCounts
}

// NewLane returns a filter with the given options. The error names an option
// that is impossible.
func NewLane(opt LaneOptions) (*Lane, error) {
	o := opt.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	lo, hi := o.span()
	l := &Lane{opt: o, along: make(map[int]float64, len(o.Antennas)), tags: map[string]*tag{}}
	for _, a := range o.Antennas {
		l.along[a.ID] = (2*a.Along - lo - hi) / (hi - lo)
	}
	return l, nil
}

// Read takes one read. Reads may come in any order within a passage.
func (l *Lane) Read(r Read) {
	l.counts.Reads++
	place, ok := l.along[r.Antenna]
	if !ok || !(r.RSSI >= minRSSI && r.RSSI <= maxRSSI) {
		l.counts.Invalid++
		return
	}
	t := l.tags[r.EPC]
	if t == nil {
		if len(l.tags) >= maxTags {
			l.counts.Dropped++
			return
		}
		t = newTag(r.At)
		l.tags[r.EPC] = t
	}
	t.add(&r, place, l.opt.Wavelength)
}

// Flush ends the passages of tags that were last read LaneOptions.Silence
// before now or earlier, and of those read too long, and returns them in the
// order of their onset.
func (l *Lane) Flush(now time.Time) []Passage {
	return l.flush(func(t *tag) bool {
		return now.Sub(t.last) >= l.opt.Silence ||
			t.last.Sub(t.first) >= l.opt.Longest || t.reads >= maxReads
	})
}

// Close ends all passages, as Flush does: the reader is gone.
func (l *Lane) Close() []Passage { return l.flush(func(*tag) bool { return true }) }

// Counts says what became of the reads.
func (l *Lane) Counts() LaneCounts { return l.counts }

func (l *Lane) flush(over func(*tag) bool) []Passage {
	var out []Passage
	for epc, t := range l.tags { //nolint:gocritic // what comes of it is sorted below
		if !over(t) {
			continue
		}
		p := l.conclude(t)
		p.EPC = epc
		out = append(out, p)
		delete(l.tags, epc)
	}
	slices.SortFunc(out, func(a, b Passage) int {
		return cmp.Or(a.Onset.Compare(b.Onset), cmp.Compare(a.EPC, b.EPC))
	})
	return out
}

// conclude weighs three courses: in, out, and lying still.
func (l *Lane) conclude(t *tag) Passage {
	in, out, still := t.odds()
	p := Passage{
		Onset: t.first, Settled: t.last, Reads: t.reads, Antenna: t.bestAt,
		Strongest:  measure.Power(math.Round(t.best * float64(measure.DBm))),
		Confidence: measure.Probability(math.Round(float64(measure.Certain) / (1 + math.Exp(-math.Abs(in-out))))),
	}
	seldom := float64(t.reads) < l.opt.MinRate*t.last.Sub(t.first).Seconds()
	if t.reads < l.opt.MinReads || seldom || p.Confidence < l.opt.Decide || still-max(in, out) > stillOdds {
		return p
	}
	p.Direction = In
	if out > in {
		p.Direction = Out
	}
	return p
}
