package wire

import (
	"fmt"
	"math"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// narrow brings a column's value into a smaller type. What does not fit becomes
// the greatest value, which Check refuses, and never one that means something.
func narrow[T ~uint8](v uint32) T      { return T(min(v, math.MaxUint8)) }
func ppm(v uint32) measure.Probability { return measure.Probability(min(v, math.MaxInt32)) } //nolint:gosec // bounded
func whole(v uint32) int               { return int(min(v, math.MaxInt32)) }

func (d *decoder) credentials() error {
	c := d.batch.Credentials
	n, err := d.begin("credentials", c.GetAt(), len(c.GetToken()), len(c.GetMethod()), len(c.GetQualityPpm()), len(c.GetBodies()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("credentials", c.At, i)
		if err != nil {
			return err
		}
		token, err := d.text(c.Token[i])
		if err != nil {
			return err
		}
		d.add(r, observe.Credential{Interval: span, Token: token, Method: narrow[observe.Method](c.Method[i]),
			Quality: ppm(c.QualityPpm[i]), Bodies: whole(c.Bodies[i])})
	}
	return nil
}

func (d *decoder) passages() error {
	c := d.batch.Passages
	n, err := d.begin("passages", c.GetAt(), len(c.GetLane()), len(c.GetDirection()), len(c.GetAdmission()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("passages", c.At, i)
		if err != nil {
			return err
		}
		lane, err := d.text(c.Lane[i])
		if err != nil {
			return err
		}
		admission, err := d.text(c.Admission[i])
		if err != nil {
			return err
		}
		d.add(r, observe.Passage{Interval: span, Lane: lane, Admission: admission,
			Direction: narrow[observe.Direction](c.Direction[i])})
	}
	return nil
}

func (d *decoder) weights() error {
	c := d.batch.Weights
	n, err := d.begin("weights", c.GetAt(), len(c.GetBay()), len(c.GetMassMg()), len(c.GetDeviationMg()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("weights", c.At, i)
		if err != nil {
			return err
		}
		d.add(r, observe.Weight{Interval: span, Bay: whole(c.Bay[i]), Mass: measure.Mass(c.MassMg[i]),
			Deviation: measure.Mass(min(c.DeviationMg[i], math.MaxInt64))}) //nolint:gosec // bounded
	}
	return nil
}

func (d *decoder) tags() error {
	c := d.batch.Tags
	n, err := d.begin("tags", c.GetAt(), len(c.GetEpc()), len(c.GetAntenna()), len(c.GetPowerCdbm()), len(c.GetReads()),
		len(c.GetDirection()), len(c.GetConfidencePpm()))
	if err != nil || n == 0 {
		return err
	}
	codes, ends := upperHex(c.Epc)
	from := 0
	for i := range n {
		r, span, err := d.row("tags", c.At, i)
		if err != nil {
			return err
		}
		d.add(r, observe.Tag{Interval: span, EPC: codes[from:ends[i]], Antenna: whole(c.Antenna[i]),
			Power: measure.Power(c.PowerCdbm[i]), Reads: whole(c.Reads[i]),
			Direction: narrow[observe.Direction](c.Direction[i]), Confidence: ppm(c.ConfidencePpm[i])})
		from = ends[i]
	}
	return nil
}

// upperHex writes all codes into one string, and where each ends: one
// allocation for a batch instead of one for each tag.
func upperHex(codes [][]byte) (string, []int) {
	const digits = "0123456789ABCDEF"
	total := 0
	ends := make([]int, len(codes))
	for i, c := range codes {
		total += 2 * len(c)
		ends[i] = total
	}
	out := make([]byte, 0, total)
	for _, c := range codes {
		for _, b := range c {
			out = append(out, digits[b>>4], digits[b&15])
		}
	}
	return string(out), ends
}

func (d *decoder) interactions() error {
	c := d.batch.Interactions
	n, err := d.begin("interactions", c.GetAt(), len(c.GetTrack()), len(c.GetPlace()), len(c.GetAction()),
		len(c.GetConfidencePpm()), len(c.GetQuantity()), len(c.GetCandidates()))
	if err != nil {
		return err
	}
	if len(c.GetCandidateGtin()) != len(c.GetCandidatePpm()) {
		return fmt.Errorf("interactions: columns of unequal length")
	}
	used := 0
	for i := range n {
		r, span, err := d.row("interactions", c.At, i)
		if err != nil {
			return err
		}
		track, err := d.text(c.Track[i])
		if err != nil {
			return err
		}
		place, err := d.text(c.Place[i])
		if err != nil {
			return err
		}
		count := whole(c.Candidates[i])
		if count > observe.MaxCandidates || count > len(c.CandidateGtin)-used {
			return fmt.Errorf("interactions: row %d has %d candidates", i, count)
		}
		candidates, err := d.candidates(used, count)
		if err != nil {
			return err
		}
		used += count
		d.add(r, observe.Interaction{Interval: span, Track: observe.Track(track), At: place,
			Action: narrow[observe.Action](c.Action[i]), Confidence: ppm(c.ConfidencePpm[i]),
			Quantity: whole(c.Quantity[i]), Candidates: candidates})
	}
	if used != len(c.GetCandidateGtin()) {
		return fmt.Errorf("interactions: %d candidates belong to no row", len(c.GetCandidateGtin())-used)
	}
	return nil
}

func (d *decoder) candidates(from, count int) ([]observe.Candidate, error) {
	if count == 0 {
		return nil, nil
	}
	c := d.batch.Interactions
	list := make([]observe.Candidate, count)
	for k := range list {
		gtin, err := d.text(c.CandidateGtin[from+k])
		if err != nil {
			return nil, err
		}
		list[k] = observe.Candidate{GTIN: gs1.GTIN(gtin), Probability: ppm(c.CandidatePpm[from+k])}
	}
	return list, nil
}

func (d *decoder) presences() error {
	c := d.batch.Presences
	n, err := d.begin("presences", c.GetAt(), len(c.GetTrack()), len(c.GetZone()), len(c.GetPhase()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("presences", c.At, i)
		if err != nil {
			return err
		}
		track, err := d.text(c.Track[i])
		if err != nil {
			return err
		}
		zone, err := d.text(c.Zone[i])
		if err != nil {
			return err
		}
		d.add(r, observe.Presence{Interval: span, Track: observe.Track(track), Zone: zone,
			Phase: narrow[observe.Phase](c.Phase[i])})
	}
	return nil
}

func (d *decoder) doors() error {
	c := d.batch.Doors
	n, err := d.begin("doors", c.GetAt(), len(c.GetOpen()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("doors", c.At, i)
		if err != nil {
			return err
		}
		d.add(r, observe.Door{Interval: span, Open: c.Open[i]})
	}
	return nil
}

func (d *decoder) scans() error {
	c := d.batch.Scans
	n, err := d.begin("scans", c.GetAt(), len(c.GetGtin()), len(c.GetSerial()), len(c.GetTrack()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("scans", c.At, i)
		if err != nil {
			return err
		}
		gtin, err := d.text(c.Gtin[i])
		if err != nil {
			return err
		}
		serial, err := d.text(c.Serial[i])
		if err != nil {
			return err
		}
		track, err := d.text(c.Track[i])
		if err != nil {
			return err
		}
		d.add(r, observe.Scan{Interval: span, GTIN: gs1.GTIN(gtin), Serial: serial, Track: observe.Track(track)})
	}
	return nil
}

func (d *decoder) gaps() error {
	c := d.batch.Gaps
	n, err := d.begin("gaps", c.GetAt(), len(c.GetLost()), len(c.GetBeforeMg()), len(c.GetAfterMg()), len(c.GetCause()))
	if err != nil {
		return err
	}
	for i := range n {
		r, span, err := d.row("gaps", c.At, i)
		if err != nil {
			return err
		}
		cause, err := d.text(c.Cause[i])
		if err != nil {
			return err
		}
		if lost := c.Lost[i]; lost == 0 || lost > r.Seq {
			return fmt.Errorf("gaps: row %d states %d lost up to number %d", i, lost, r.Seq)
		}
		r.Gap = &Gap{Interval: span, Lost: c.Lost[i], Before: measure.Mass(c.BeforeMg[i]), After: measure.Mass(c.AfterMg[i]),
			Cause: Bound(cause, MaxCause)}
		d.out = append(d.out, r)
	}
	return nil
}
