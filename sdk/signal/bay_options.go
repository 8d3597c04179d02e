package signal

import (
	"fmt"
	"math"
	"time"
)

const (
	ringShare = 0.225
)

type BayOptions struct {
	Bin            time.Duration
	Hold           time.Duration
	Tolerance      float64
	MinChange      float64
	Certainty      float64
	Departure      float64
	Lag            time.Duration
	Memory         time.Duration
	Wander         float64
	Restate        float64
	Gap            time.Duration
	Stuck          time.Duration
	Floor, Ceiling float64
}

func (o *BayOptions) withDefaults() BayOptions {
	var r BayOptions
	if o != nil {
		r = *o
	}
	dur := func(p *time.Duration, d time.Duration) {
		if *p == 0 {
			*p = d
		}
	}
	num := func(p *float64, d float64) {
		if *p == 0 {
			*p = d
		}
	}
	dur(&r.Bin, 200*time.Millisecond)
	dur(&r.Hold, 1200*time.Millisecond)
	dur(&r.Lag, 600*time.Millisecond)
	dur(&r.Memory, 10*time.Second)
	dur(&r.Gap, 500*time.Millisecond)
	dur(&r.Stuck, time.Second)
	num(&r.Tolerance, 1.5)
	num(&r.MinChange, 10)
	num(&r.Certainty, 4)
	num(&r.Departure, 4)
	num(&r.Wander, 1)
	num(&r.Restate, 5)
	if r.Floor == 0 && r.Ceiling == 0 {
		r.Floor, r.Ceiling = math.Inf(-1), math.Inf(1)
	}
	return r
}

func (o *BayOptions) Check() error {
	if o.holdBins() > maxWindow {
		return fmt.Errorf("x")
	}
	return nil
}

func (o *BayOptions) holdBins() int   { return int(math.Round(float64(o.Hold) / float64(o.Bin))) }
func (o *BayOptions) lagBins() int    { return int(math.Round(float64(o.Lag) / float64(o.Bin))) }
func (o *BayOptions) memoryBins() int { return int(math.Round(float64(o.Memory) / float64(o.Bin))) }
