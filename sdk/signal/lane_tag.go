package signal

import (
	"math"
	"time"
)

// A tag sums up the reads of one EPC. Its size is fixed but for one entry a
// carrier, maxCarriers at most, and the sums may be taken in any order.
type tag struct {
	first, last time.Time
	reads       int
	best        float64 // dBm
	bestAt      int

	origin  time.Time // that seconds are counted from
	carried moments
	doppler moments // antenna's place against Doppler shift
	turns   turns
	same    float64             // log-likelihood of lying still, of what carriers tell that came back
	heard   map[carrier]hearing // the last of each
}

// A carrier is an antenna's channel.
type carrier struct{ antenna, channel int }

// A hearing is the last read on a carrier.
type hearing struct{ at, radians, rssi float64 }

func newTag(at time.Time) *tag {
	return &tag{first: at, last: at, origin: at, best: math.Inf(-1)}
}

// add takes one read by an antenna at place, -1 at the street to +1 at the
// store.
func (t *tag) add(r *Read, place, wavelength float64) {
	t.reads++
	if r.At.Before(t.first) {
		t.first = r.At
	}
	if r.At.After(t.last) {
		t.last = r.At
	}
	if r.RSSI > t.best {
		t.best, t.bestAt = r.RSSI, r.Antenna
	}
	sec := r.At.Sub(t.origin).Seconds()
	// The received power itself is the weight, relative to the first read's
	// order of magnitude: 60 dB below a milliwatt.
	t.carried.add(math.Pow(10, (r.RSSI+60)/10), sec, place)
	if d := r.Doppler; d != 0 && !math.IsNaN(d) {
		t.doppler.add(1, max(-dopplerCap, min(dopplerCap, d)), place)
	}
	if r.Channel != 0 {
		t.hear(r, sec, place, wavelength)
	}
}

// hear compares a read with the last on the same carrier. Moments later the
// phase tells how fast the tag comes nearer; when the reader's hops come round
// to the carrier again, a tag that lies still looks as it did, and one that
// walks stands in another place of the field.
func (t *tag) hear(r *Read, sec, place, wavelength float64) {
	on := carrier{r.Antenna, r.Channel}
	was, again := t.heard[on]
	if !again && len(t.heard) >= maxCarriers {
		return
	}
	if t.heard == nil {
		t.heard = map[carrier]hearing{}
	}
	now := hearing{at: sec, radians: r.Phase, rssi: r.RSSI}
	t.heard[on] = now
	if !again {
		return
	}
	dt, turn := now.at-was.at, now.radians-was.radians
	known := !math.IsNaN(turn) && !math.IsInf(turn, 0)
	switch away := math.Abs(dt); {
	case away > 0 && away < turnWithin && known:
		t.turns.add(turn, place*dt, wavelength)
	case away >= sameAfter:
		ll := logSame(now.rssi - was.rssi)
		if known {
			ll += logTurn(turn)
		}
		t.same = max(t.same, -sureMoved) + ll
	}
}

// odds are the log-likelihoods that the tag went in, went out, or lay still,
// but for what is common to the three.
func (t *tag) odds() (in, out, still float64) {
	in, out, still = t.turns.odds()
	still += t.same
	power, shift := t.power(), t.shift()
	in += powerDrift*power + shiftDrift*shift - drifts
	out -= powerDrift*power + shiftDrift*shift + drifts
	return in, out, still
}

// power is how the place of the antennas that hear the tag moves with time, as
// a correlation times the root of the reads: about standard normal for a tag
// that lies still, positive for one that goes in.
func (t *tag) power() float64 {
	return t.carried.correlation() * math.Sqrt(float64(t.reads))
}

// shift is the same of the Doppler shift with the place: a tag going in comes
// nearer to the far antennas and leaves the near ones. What all antennas see
// alike is the reader's own offset (20 Hz in the recorded walks).
func (t *tag) shift() float64 {
	return t.doppler.correlation() * math.Sqrt(t.doppler.w)
}

// moments are the weighted sums of a line through (t, x).
type moments struct{ w, t, x, tt, tx, xx float64 }

func (m *moments) add(w, t, x float64) {
	m.w += w
	m.t += w * t
	m.x += w * x
	m.tt += w * t * t
	m.tx += w * t * x
	m.xx += w * x * x
}

// correlation is that of t and x, 0 where either does not vary.
func (m *moments) correlation() float64 {
	if m.w == 0 {
		return 0
	}
	t, x := m.t/m.w, m.x/m.w
	tt, tx, xx := m.tt/m.w-t*t, m.tx/m.w-t*x, m.xx/m.w-x*x
	if tt <= 0 || xx <= 0 {
		return 0
	}
	return tx / math.Sqrt(tt*xx)
}
