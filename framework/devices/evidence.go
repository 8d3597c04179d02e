package devices

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// kinds are the kinds of evidence that devices of a class may report. A camera
// that reports a credential would be opening sessions in other people's names.
var kinds = map[storedef.Class][]observe.Kind{
	storedef.ClassGate:             {observe.KindPassage},
	storedef.ClassCredentialReader: {observe.KindCredential},
	storedef.ClassRFIDReader:       {observe.KindTag},
	storedef.ClassWeightShelf:      {observe.KindWeight},
	storedef.ClassCamera:           {observe.KindInteraction, observe.KindPresence},
	storedef.ClassPayment:          nil,
}

// The years that evidence may speak of, on the host's clock: what every
// encoding downstream can write.
const firstYear, lastYear = 1, 9998

// reports checks a batch of reports and hands it to the Sink.
func (p *plugin) reports(ctx context.Context, reports []host.Report) {
	batch := make([]event.Evidence, 0, len(reports))
	now := time.Now().UnixNano()
	for i := range reports {
		r := &reports[i]
		v := p.device(r.Handle)
		if v != nil {
			v.counters.in.Add(1)
		}
		if v == nil || !v.takes(r.Epoch) {
			if v != nil {
				v.counters.stale.Add(1)
			}
			p.complain("of a device that is not open under its epoch", *r)
			if h := p.running(); h != nil {
				h.Ack(r.Handle, r.Epoch, r.Seq) // it will never be taken: the plugin may let go of it
			}
			continue
		}
		v.counters.evidence.Store(now)
		v.counters.offset.Store(int64(r.Offset))
		atLeast(&v.counters.seen, r.Seq)
		if e := p.evidence(v, r); !v.pending.keep(e) {
			batch = append(batch, e)
		}
	}
	if len(batch) == 0 || ctx.Err() != nil {
		return
	}
	if err := p.all.sink.Evidence(ctx, batch); err != nil && ctx.Err() == nil {
		p.fail(&sinkError{fmt.Errorf("hand evidence on: %w", err)})
	}
}

// onHostsClock makes the times of reports from another machine the host's.
func onHostsClock(reports []host.Report, ahead time.Duration) {
	for i := range reports {
		reports[i].Offset += ahead
	}
}

// evidence makes an input of a report. A report that does not pass is stated as
// one that was lost: its number is journalled and acknowledged like any other,
// and whoever it may have spoken of is in doubt.
func (p *plugin) evidence(v *device, r *host.Report) event.Evidence {
	e := event.Evidence{Device: v.def.Address, Serial: observe.Serial{Epoch: r.Epoch, Seq: r.Seq}, Offset: r.Offset}
	if r.Gap != nil {
		e.Offset = 0
		e.Gap = gapOf(v.def.Class, r.Gap, r.Offset)
		v.counters.gaps.Add(1)
		v.counters.lost.Add(r.Gap.Lost)
		return e
	}
	if err := check(v.def.Class, *r); err != nil {
		e.Offset, e.Gap = 0, &event.Gap{Lost: 1}
		v.counters.refused.Add(1)
		p.complain(err.Error(), *r)
		return e
	}
	e.Observed = r.Evidence
	v.counters.delivered.Add(1)
	return e
}

func check(c storedef.Class, r host.Report) error {
	if k := observe.KindOf(r.Evidence); !slices.Contains(kinds[c], k) {
		return fmt.Errorf("%s is no evidence of a %s", k, c)
	}
	if err := observe.Check(r.Evidence); err != nil {
		return err
	}
	i := r.Evidence.Span().Shift(-r.Offset)
	for _, t := range []time.Time{i.Onset, i.Settled} {
		if y := t.UTC().Year(); y < firstYear || y > lastYear {
			return fmt.Errorf("the offset of its clock, %v, takes it out of the calendar", r.Offset)
		}
	}
	return nil
}

// gapOf states masses for what weighs alone: for others zero says nothing.
// An interval that no calendar has is not known.
func gapOf(c storedef.Class, g *host.Gap, offset time.Duration) *event.Gap {
	out := &event.Gap{Lost: g.Lost, Cause: bound(g.Cause)}
	if i := g.Interval.Shift(-offset); g.Interval.Valid() && i.Onset.UTC().Year() >= firstYear && i.Settled.UTC().Year() <= lastYear {
		out.Span = i
	}
	if c == storedef.ClassWeightShelf {
		before, after := g.Before, g.After
		out.Before, out.After = &before, &after
	}
	return out
}

// complaints counts refused reports between two log lines.
type complaints struct {
	count uint64
	told  time.Time
}

func (p *plugin) complain(why string, r host.Report) {
	p.mu.Lock()
	p.complaints.count++
	n, now := p.complaints.count, time.Now()
	if now.Sub(p.complaints.told) < p.all.limits.ComplainEvery {
		p.mu.Unlock()
		return
	}
	p.complaints = complaints{told: now}
	p.mu.Unlock()
	p.all.log.Warn("report refused", slog.String("plugin", p.name), slog.String("why", why), slog.Uint64("refused", n),
		slog.Uint64("handle", uint64(r.Handle)), slog.Uint64("epoch", r.Epoch), slog.Uint64("seq", r.Seq))
}
