package devices

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
)

// observer takes the evidence of one instance. What it has taken is handed on
// even when the instance is no longer listened to: the host knows those reports
// and would drop them as duplicates if they came again. So it may outlive the
// session, and the next one's waits for it.
type observer struct {
	stream context.Context // ends when the instance is no longer listened to
	hangUp context.CancelFunc
	hand   context.Context // ends when what was taken is given up
	drop   context.CancelFunc

	stopping atomic.Bool
	ended    chan struct{}
	broken   error // after ended: the plugin can't be listened to
}

// giveUp ends it whatever is still to be handed on.
func (o *observer) giveUp() {
	o.hangUp()
	o.drop()
}

// listen takes an instance's evidence until it has ended or the stream is hung
// up, but for what its predecessors have taken: that comes first. Evidence is
// taken beyond ctx: a plugin sends its last reports when it is asked to end.
func (p *plugin) listen(ctx context.Context, in *supervisor.Instance, broken func(error)) *observer {
	o := &observer{ended: make(chan struct{})}
	o.stream, o.hangUp = context.WithCancel(context.WithoutCancel(ctx))
	o.hand, o.drop = context.WithCancel(context.WithoutCancel(ctx))
	// An engine that takes nothing any more must not keep the host from ending.
	l := p.all.limits
	keep := context.AfterFunc(p.base, func() { time.AfterFunc(l.CloseWithin+supervisor.StopWithin+l.SettleWithin, o.giveUp) })
	before := p.heard
	p.heard = o.ended
	go func() {
		defer close(o.ended)
		defer o.giveUp()
		defer keep()
		if before != nil {
			<-before
		}
		if o.broken = p.observe(o, in); o.broken != nil {
			broken(o.broken)
		}
	}()
	return o
}

// heardOut waits until all that was taken is handed on or given up.
func (p *plugin) heardOut() {
	if p.heard != nil {
		<-p.heard
	}
}
