package shelves

import (
	"sort"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

// warmUp is how much of what is gone already goes through the filters when a
// device is opened in the middle of its recording, so that its levels are known
// at once: several times what a load needs to settle.
const warmUp = 10 * time.Second

// leastCreep is the least creep that is worth a statement of its own.
const leastCreep = measure.Gram / 2

// source plays a recording through the filters of its bays.
type source struct {
	rec    recording
	next   int
	bays   []*signal.Bay
	report func(observe.Weight)
	// stated is the mass of each bay that was reported last.
	stated []measure.Mass
	known  []bool
}

func newSource(rec recording, least measure.Mass, report func(observe.Weight)) (*source, error) {
	n := len(rec.grams)
	s := &source{rec: rec, report: report, bays: make([]*signal.Bay, n), stated: make([]measure.Mass, n), known: make([]bool, n)}
	for i := range s.bays {
		var err error
		if s.bays[i], err = signal.NewBay(&signal.BayOptions{MinChange: float64(least) / float64(measure.Gram)}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *source) Bounds() (first, last time.Time) { return s.rec.at[0], s.rec.at[len(s.rec.at)-1] }

func (s *source) Next() (time.Time, bool) {
	if s.next == len(s.rec.at) {
		return time.Time{}, false
	}
	return s.rec.at[s.next], true
}

func (s *source) Play(to time.Time) int {
	reports := 0
	for ; s.next < len(s.rec.at) && !s.rec.at[s.next].After(to); s.next++ {
		for i, bay := range s.bays {
			if r, ok := bay.Sample(s.rec.at[s.next], s.rec.grams[i][s.next]); ok {
				reports += s.state(i, r)
			}
		}
	}
	return reports
}

// Skip lets the filters see the last of what is gone, silently, and states the
// levels that they have come to.
func (s *source) Skip(to time.Time) int {
	after := func(t time.Time) int {
		return sort.Search(len(s.rec.at), func(i int) bool { return s.rec.at[i].After(t) })
	}
	end := after(to)
	if end == 0 {
		return 0
	}
	from := s.rec.at[end-1].Add(-warmUp)
	for s.next = after(from); s.next < end; s.next++ {
		for i, bay := range s.bays {
			bay.Sample(s.rec.at[s.next], s.rec.grams[i][s.next])
		}
	}
	reports := 0
	for i, bay := range s.bays {
		if m, ok := bay.Level(); ok {
			s.say(i, observe.Weight{Interval: observe.At(s.rec.at[end-1]), Mass: m, Deviation: measure.Gram})
			reports++
		}
	}
	return reports
}

// state reports what a filter said. A load that crept since it was last stated
// is stated as it was just before it changed: the host sees levels alone, and
// creep is no part of what was taken. The deviation of that statement covers
// the creep, which says that nothing was.
func (s *source) state(i int, r signal.Report) int {
	n := 0
	if crept := (r.Before - s.stated[i]).Abs(); r.Kind == signal.Changed && s.known[i] && crept >= leastCreep {
		s.say(i, observe.Weight{Interval: observe.At(r.Onset), Mass: r.Before, Deviation: max(crept, measure.Gram)})
		n++
	}
	s.say(i, observe.Weight{Interval: observe.Between(r.Onset, r.Settled), Mass: r.Mass, Deviation: r.Deviation})
	return n + 1
}

func (s *source) say(i int, w observe.Weight) {
	w.Bay = i + 1
	s.stated[i], s.known[i] = w.Mass, true
	s.report(w)
}
