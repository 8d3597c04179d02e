package evidencebench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk/host"
)

// Host measures the way from the plugin to the host alone: a real process, the
// SDK's spool, columnar batches, TLS, decoded reports and their acknowledgement,
// and nobody who keeps them. It returns reports a second, from a tenth on.
func Host(ctx context.Context, sup *supervisor.Supervisor, reports int) (perSecond float64, err error) {
	spec, err := Spec("flood")
	if err != nil {
		return 0, err
	}
	in, err := sup.Start(ctx, spec)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, in.Stop()) }()
	p := in.Plugin()
	if _, err := p.Open(ctx, host.OpenRequest{Handle: 1, Epoch: 1, Driver: Driver, Address: "weight_shelf.flood", Config: fmt.Appendf(nil, `{"reports":%d}`, reports)}); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var n, from int
	var begin, end time.Time
	err = p.Observe(ctx, host.Sink{Reports: func(rs []host.Report) {
		n += len(rs)
		last := rs[len(rs)-1]
		p.Ack(last.Handle, last.Epoch, last.Seq)
		if begin.IsZero() && n >= reports/10 {
			from, begin = n, time.Now()
		}
		if n >= reports && end.IsZero() {
			end = time.Now()
			cancel()
		}
	}})
	if end.IsZero() {
		return 0, err
	}
	return float64(n-from) / end.Sub(begin).Seconds(), nil
}
