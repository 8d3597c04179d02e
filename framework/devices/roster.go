package devices

import (
	"context"
	"slices"
	"sync"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
)

// roster is a plugin's devices. It is replaced and never changed, so that a
// batch of reports costs no lock.
type roster struct {
	// byHandle are the devices by handle, counted from 1; nil where one is not
	// there any more. A handle is given once.
	byHandle []*device
	live     []*device
}

func (p *plugin) live() []*device { return p.roster.Load().live }

func (p *plugin) device(handle uint32) *device {
	all := p.roster.Load().byHandle
	if handle == 0 || int(handle) > len(all) {
		return nil
	}
	return all[handle-1]
}

// add gives the plugin a device.
func (p *plugin) add(def storedef.Device) *device {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.roster.Load()
	v := newDevice(p, def, uint32(len(old.byHandle)+1)) //nolint:gosec // a store has few
	p.roster.Store(&roster{byHandle: append(slices.Clone(old.byHandle), v), live: append(slices.Clone(old.live), v)})
	return v
}

// retire has no further session keep a device, and gives what ends the one that
// does; nil where none does. What it still reports is taken.
func (p *plugin) retire(v *device) (stop context.CancelCauseFunc, ended <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.roster.Load()
	p.roster.Store(&roster{byHandle: old.byHandle, live: slices.DeleteFunc(slices.Clone(old.live), func(x *device) bool { return x == v })})
	return v.stop, v.ended
}

// remove takes a retired device out.
func (p *plugin) remove(v *device) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old := p.roster.Load()
	all := slices.Clone(old.byHandle)
	all[v.handle-1] = nil
	p.roster.Store(&roster{byHandle: all, live: old.live})
}

// session is a plugin's devices on one instance.
type session struct {
	ctx      context.Context
	in       *supervisor.Instance
	observed <-chan struct{}
	devices  sync.WaitGroup
}

// attend keeps the plugin's devices open on an instance until the session ends
// and all of them have left it.
func (p *plugin) attend(s *session) {
	p.mu.Lock()
	p.session = s
	for _, v := range p.live() {
		s.start(v)
	}
	p.mu.Unlock()
	<-s.ctx.Done()
	p.mu.Lock()
	p.session = nil // nothing begins in it any more
	p.mu.Unlock()
	s.devices.Wait()
}

// start keeps a device open. The plugin's lock is held.
func (s *session) start(v *device) {
	ctx, stop := context.WithCancelCause(s.ctx)
	ended := make(chan struct{})
	v.stop, v.ended = stop, ended
	s.devices.Go(func() {
		defer close(ended)
		defer stop(nil)
		v.keep(ctx, s.in, s.observed)
	})
}

// join begins to keep a device that was added, where an instance runs; else the
// next one's session does.
func (p *plugin) join(v *device) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != nil && p.session.ctx.Err() == nil {
		p.session.start(v)
	}
}
