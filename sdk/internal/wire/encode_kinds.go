package wire

import (
	"github.com/openaisle/aisle/sdk/observe"
)

// The conversions below narrow integers that Check has bounded.

func (e *Encoder) credential(r Row, v observe.Credential) {
	c := &e.credentials
	if e.batch.Credentials == nil {
		empty(c.At)
		c.Token, c.Method, c.QualityPpm, c.Bodies = c.Token[:0], c.Method[:0], c.QualityPpm[:0], c.Bodies[:0]
		e.batch.Credentials = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Token = append(c.Token, e.text(v.Token))
	c.Method = append(c.Method, uint32(v.Method))
	c.QualityPpm = append(c.QualityPpm, uint32(v.Quality)) //nolint:gosec // checked
	c.Bodies = append(c.Bodies, uint32(v.Bodies))          //nolint:gosec // checked
}

func (e *Encoder) passage(r Row, v observe.Passage) {
	c := &e.passages
	if e.batch.Passages == nil {
		empty(c.At)
		c.Lane, c.Direction, c.Admission = c.Lane[:0], c.Direction[:0], c.Admission[:0]
		e.batch.Passages = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Lane = append(c.Lane, e.text(v.Lane))
	c.Direction = append(c.Direction, uint32(v.Direction))
	c.Admission = append(c.Admission, e.text(v.Admission))
}

func (e *Encoder) weight(r Row, v observe.Weight) {
	c := &e.weights
	if e.batch.Weights == nil {
		empty(c.At)
		c.Bay, c.MassMg, c.DeviationMg = c.Bay[:0], c.MassMg[:0], c.DeviationMg[:0]
		e.batch.Weights = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Bay = append(c.Bay, uint32(v.Bay)) //nolint:gosec // checked
	c.MassMg = append(c.MassMg, int64(v.Mass))
	c.DeviationMg = append(c.DeviationMg, uint64(v.Deviation)) //nolint:gosec // checked
}

func (e *Encoder) tag(r Row, v observe.Tag) {
	c := &e.tags
	if e.batch.Tags == nil {
		empty(c.At)
		c.Epc, c.Antenna, c.PowerCdbm = c.Epc[:0], c.Antenna[:0], c.PowerCdbm[:0]
		c.Reads, c.Direction, c.ConfidencePpm = c.Reads[:0], c.Direction[:0], c.ConfidencePpm[:0]
		e.batch.Tags = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Epc = append(c.Epc, e.hexBytes(v.EPC))
	c.Antenna = append(c.Antenna, uint32(v.Antenna)) //nolint:gosec // checked
	c.PowerCdbm = append(c.PowerCdbm, int32(v.Power))
	c.Reads = append(c.Reads, uint32(v.Reads)) //nolint:gosec // checked
	c.Direction = append(c.Direction, uint32(v.Direction))
	c.ConfidencePpm = append(c.ConfidencePpm, uint32(v.Confidence)) //nolint:gosec // checked
}

func (e *Encoder) interaction(r Row, v observe.Interaction) {
	c := &e.interactions
	if e.batch.Interactions == nil {
		empty(c.At)
		c.Track, c.Place, c.Action = c.Track[:0], c.Place[:0], c.Action[:0]
		c.ConfidencePpm, c.Quantity, c.Candidates = c.ConfidencePpm[:0], c.Quantity[:0], c.Candidates[:0]
		c.CandidateGtin, c.CandidatePpm = c.CandidateGtin[:0], c.CandidatePpm[:0]
		e.batch.Interactions = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Track = append(c.Track, e.text(string(v.Track)))
	c.Place = append(c.Place, e.text(v.At))
	c.Action = append(c.Action, uint32(v.Action))
	c.ConfidencePpm = append(c.ConfidencePpm, uint32(v.Confidence)) //nolint:gosec // checked
	c.Quantity = append(c.Quantity, uint32(v.Quantity))             //nolint:gosec // checked
	c.Candidates = append(c.Candidates, uint32(len(v.Candidates)))  //nolint:gosec // checked
	for _, k := range v.Candidates {
		c.CandidateGtin = append(c.CandidateGtin, e.text(string(k.GTIN)))
		c.CandidatePpm = append(c.CandidatePpm, uint32(k.Probability)) //nolint:gosec // checked
	}
}

func (e *Encoder) presence(r Row, v observe.Presence) {
	c := &e.presences
	if e.batch.Presences == nil {
		empty(c.At)
		c.Track, c.Zone, c.Phase = c.Track[:0], c.Zone[:0], c.Phase[:0]
		e.batch.Presences = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Track = append(c.Track, e.text(string(v.Track)))
	c.Zone = append(c.Zone, e.text(v.Zone))
	c.Phase = append(c.Phase, uint32(v.Phase))
}

func (e *Encoder) door(r Row, v observe.Door) {
	c := &e.doors
	if e.batch.Doors == nil {
		empty(c.At)
		c.Open = c.Open[:0]
		e.batch.Doors = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Open = append(c.Open, v.Open)
}

func (e *Encoder) scan(r Row, v observe.Scan) {
	c := &e.scans
	if e.batch.Scans == nil {
		empty(c.At)
		c.Gtin, c.Serial, c.Track = c.Gtin[:0], c.Serial[:0], c.Track[:0]
		e.batch.Scans = c
	}
	e.stamp(c.At, r, v.Interval)
	c.Gtin = append(c.Gtin, e.text(string(v.GTIN)))
	c.Serial = append(c.Serial, e.text(v.Serial))
	c.Track = append(c.Track, e.text(string(v.Track)))
}

func (e *Encoder) gap(r Row, span observe.Interval) {
	c := &e.gaps
	if e.batch.Gaps == nil {
		empty(c.At)
		c.Lost, c.BeforeMg, c.AfterMg, c.Cause = c.Lost[:0], c.BeforeMg[:0], c.AfterMg[:0], c.Cause[:0]
		e.batch.Gaps = c
	}
	e.stamp(c.At, r, span)
	c.Lost = append(c.Lost, r.Gap.Lost)
	c.BeforeMg = append(c.BeforeMg, int64(r.Gap.Before))
	c.AfterMg = append(c.AfterMg, int64(r.Gap.After))
	c.Cause = append(c.Cause, e.text(Bound(r.Gap.Cause, MaxCause)))
}
