package wire

import (
	"fmt"
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/internal/pb"
	"github.com/openaisle/aisle/sdk/measure"
)

// ProcessingOf makes the message of what a processor can do; nil of nil.
func ProcessingOf(p *class.Processing) *pb.Processing {
	if p == nil {
		return nil
	}
	m := &pb.Processing{
		KeyWindowUs: p.KeyWindow.Microseconds(), SavesErrors: p.SavesErrors,
		LookupByKey: p.LookupByKey, LookupByReference: p.LookupByReference, SettlingDelayUs: p.SettlingDelay.Microseconds(),
		HoldLifetimeUs: p.HoldLifetime.Microseconds(), PartialCapture: p.PartialCapture, MultipleCapture: p.MultipleCapture,
		OverCapturePpm: uint32(max(p.OverCapture, 0)), Increment: p.Increment, VoidAfterCapture: p.VoidAfterCapture, //nolint:gosec // not negative
		PartialRefund: p.PartialRefund, RefundWindowUs: p.RefundWindow.Microseconds(),
	}
	for _, n := range p.HoldLifetimes {
		m.HoldLifetimes = append(m.HoldLifetimes, &pb.NetworkLifetime{Network: n.Network, LifetimeUs: n.Lifetime.Microseconds()})
	}
	return m
}

// ProcessingFrom makes what a processor can do of its message, and checks it;
// nil of nil.
func ProcessingFrom(m *pb.Processing) (*class.Processing, error) {
	if m == nil {
		return nil, nil //nolint:nilnil // no word of it is none
	}
	if n := len(m.GetHoldLifetimes()); n > class.MaxNetworks {
		return nil, fmt.Errorf("%d hold lifetimes; the limit is %d", n, class.MaxNetworks)
	}
	if m.GetOverCapturePpm() > uint32(measure.Certain) {
		return nil, fmt.Errorf("over-capture of %d ppm", m.GetOverCapturePpm())
	}
	p := &class.Processing{
		KeyWindow: span(m.GetKeyWindowUs()), SavesErrors: m.GetSavesErrors(),
		LookupByKey: m.GetLookupByKey(), LookupByReference: m.GetLookupByReference(), SettlingDelay: span(m.GetSettlingDelayUs()),
		HoldLifetime: span(m.GetHoldLifetimeUs()), PartialCapture: m.GetPartialCapture(), MultipleCapture: m.GetMultipleCapture(),
		OverCapture: measure.Probability(m.GetOverCapturePpm()), Increment: m.GetIncrement(), VoidAfterCapture: m.GetVoidAfterCapture(), //nolint:gosec // bounded above
		PartialRefund: m.GetPartialRefund(), RefundWindow: span(m.GetRefundWindowUs()),
	}
	for _, n := range m.GetHoldLifetimes() {
		p.HoldLifetimes = append(p.HoldLifetimes, class.NetworkLifetime{Network: n.GetNetwork(), Lifetime: span(n.GetLifetimeUs())})
	}
	return p, p.Check()
}

// span is a duration of microseconds, the longest there is for what has none.
func span(us int64) time.Duration {
	const most = math.MaxInt64 / int64(time.Microsecond)
	return time.Duration(min(max(us, -most), most)) * time.Microsecond
}
