package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/payment"
)

// Notices hands on what the processor says by itself. The world's clock stands
// until the host has it.
func (p *simProcessor) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	for {
		l, err := p.connected()
		if err != nil {
			return err
		}
		if p.untaken == nil {
			select {
			case m := <-l.reports:
				p.untaken = &m
			case <-l.gone:
				return fault.Wrap(fault.Unavailable, "notices", errGone)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		n, err := noticeOf(*p.untaken)
		if err != nil {
			return err
		}
		if err := report(ctx, n); err != nil {
			return err
		}
		id := p.untaken.ID
		p.untaken = nil
		if err := l.conn.Write(wire.FromClient{Done: id}); err != nil {
			return fault.Wrap(fault.Unavailable, "confirm", err)
		}
	}
}

var noticeKinds = map[string]payment.NoticeKind{
	"hold_expired": payment.NoticeHoldExpired, "capture_failed": payment.NoticeCaptureFailed,
	"refund_failed": payment.NoticeRefundFailed, "chargeback": payment.NoticeChargeback,
}

func noticeOf(m wire.ToClient) (payment.Notice, error) {
	var w wire.Notice
	if m.Kind != wire.KindNotice {
		return payment.Notice{}, fault.Errorf(fault.Internal, "a processor reported a %s", m.Kind)
	}
	if err := json.Unmarshal(m.Report, &w); err != nil {
		return payment.Notice{}, fault.Wrap(fault.Internal, "read a notice", err)
	}
	n := payment.Notice{ID: w.ID, Kind: noticeKinds[w.Kind], Reference: w.Reference, Key: w.Key, Message: w.Message}
	if w.Currency != "" {
		n.Amount = money.New(w.Minor, money.Currency(w.Currency))
	}
	if w.AtUS != 0 {
		n.At = time.UnixMicro(w.AtUS).UTC()
	}
	return n, nil
}
