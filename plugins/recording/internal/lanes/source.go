package lanes

import (
	"maps"
	"sort"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

const (
	// lookEvery is how often a lane looks for passages that are over and for
	// tags that stay, while there may be some.
	lookEvery = time.Second
	// warmUp is how much of what is gone already goes through the filter when a
	// device is opened in the middle of its recording: the longest passage.
	warmUp = time.Minute
)

// source plays a recording through the filter of a lane.
type source struct {
	reads          []signal.Read
	lane           *signal.Lane
	silence, dwell time.Duration
	report         func(observe.Tag)

	next int
	view view
	// read is when a read was last played, looked when the lane was last asked.
	read, looked time.Time
}

func newSource(reads []signal.Read, lane *signal.Lane, c Config, report func(observe.Tag)) *source {
	return &source{reads: reads, lane: lane, silence: c.Silence, dwell: c.Dwell, report: report, view: view{}}
}

func (s *source) Bounds() (first, last time.Time) {
	return s.reads[0].At, s.reads[len(s.reads)-1].At
}

// Next is the next read or the next look.
func (s *source) Next() (time.Time, bool) {
	look, open := s.look()
	if s.next == len(s.reads) {
		return look, open
	}
	if at := s.reads[s.next].At; !open || !look.Before(at) {
		return at, true
	}
	return look, true
}

// look is when the lane is asked next: once a second while a tag may be in it.
func (s *source) look() (time.Time, bool) {
	over := s.read.Add(s.silence)
	if s.read.IsZero() || !s.looked.Before(over) {
		return time.Time{}, false
	}
	if at := s.looked.Add(lookEvery); at.Before(over) {
		return at, true
	}
	return over, true
}

func (s *source) Play(to time.Time) int { return s.play(to, s.report) }

func (s *source) play(to time.Time, report func(observe.Tag)) int {
	reports := 0
	for {
		at, ok := s.Next()
		if !ok || at.After(to) {
			return reports
		}
		if s.next < len(s.reads) && !s.reads[s.next].At.After(at) {
			s.feed(&s.reads[s.next])
			s.next++
			continue
		}
		s.looked = at
		for _, t := range s.news(at) {
			report(t)
			reports++
		}
	}
}

func (s *source) feed(r *signal.Read) {
	if _, open := s.look(); !open {
		s.looked = r.At
	}
	s.lane.Read(*r)
	s.view.read(r)
	s.read = r.At
}

// news are the passages that are over, and the tags that stay.
func (s *source) news(now time.Time) []observe.Tag {
	var out []observe.Tag
	for _, p := range s.lane.Flush(now) {
		delete(s.view, p.EPC)
		out = append(out, tagOf(p))
	}
	maps.DeleteFunc(s.view, func(_ string, t *sight) bool { return now.Sub(t.last) >= s.silence })
	return append(out, s.view.tell(func(t *sight) bool { return t.last.Sub(t.first) >= s.dwell })...)
}

// Skip passes over reads that are gone, so that whoever went through the lane
// meanwhile was not seen, and states the tags in view.
func (s *source) Skip(to time.Time) int {
	after := func(t time.Time) int {
		return sort.Search(len(s.reads), func(i int) bool { return s.reads[i].At.After(t) })
	}
	s.next = after(to.Add(-warmUp))
	s.play(to, func(observe.Tag) {})
	for _, t := range s.view {
		t.told = false
	}
	there := s.view.tell(func(t *sight) bool { return to.Sub(t.last) < s.silence })
	for _, t := range there {
		s.report(t)
	}
	return len(there)
}

func tagOf(p signal.Passage) observe.Tag {
	t := observe.Tag{Interval: observe.Between(p.Onset, p.Settled), EPC: p.EPC, Antenna: p.Antenna, Power: p.Strongest, Reads: p.Reads}
	switch p.Direction {
	case signal.In:
		t.Direction, t.Confidence = observe.DirectionIn, p.Confidence
	case signal.Out:
		t.Direction, t.Confidence = observe.DirectionOut, p.Confidence
	case signal.None:
	}
	return t
}
