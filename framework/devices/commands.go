package devices

import (
	"context"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/payment"
	"github.com/openaisle/aisle/sdk/shelf"
)

// Gate is what a gate can be asked for.
type Gate interface {
	// Admit lets people in (gate.Gate). Ctx has a deadline.
	Admit(ctx context.Context, a gate.Admission) error
}

// Gate gives the commands of a gate, and the epoch of its present opening. The
// error has code unavailable where the gate is not open.
//
// A command goes to the opening that there is when it is given. One that comes
// while the device moves to another version of its plugin waits, for
// Limits.HoldWithin at most, and goes to the new opening; then, or where the
// gate is not open any more, it is answered with code unavailable: nothing has
// left. One that arrives at an opening which is over is answered so by the
// plugin.
func (d *Devices) Gate(address string) (Gate, uint64, error) {
	v, epoch, err := d.open(address, storedef.ClassGate)
	if err != nil {
		return nil, 0, err
	}
	return gateOf{v}, epoch, nil
}

// Payment gives the commands of a payment processor, as Gate does. What is under
// way when the processor's plugin is replaced is waited for, for
// Limits.DrainWithin at most, and then cut off: its outcome is unknown.
func (d *Devices) Payment(address string) (host.Payment, uint64, error) {
	v, epoch, err := d.open(address, storedef.ClassPayment)
	if err != nil {
		return nil, 0, err
	}
	return paymentOf{v}, epoch, nil
}

// Shelf gives the commands of a weight shelf, as Gate does.
func (d *Devices) Shelf(address string) (shelf.Tarer, uint64, error) {
	v, epoch, err := d.open(address, storedef.ClassWeightShelf)
	if err != nil {
		return nil, 0, err
	}
	return shelfOf{v}, epoch, nil
}

// Reader gives the commands of a credential reader, as Gate does, and whether it
// shows answers, as it said when it was opened.
func (d *Devices) Reader(address string) (r Reader, shows bool, err error) {
	v, _, err := d.open(address, storedef.ClassCredentialReader)
	if err != nil {
		return nil, false, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return readerOf{v}, slices.Contains(v.view.Abilities, credential.AbilityShow), nil
}

// Reader is what a credential reader can be asked for.
type Reader interface {
	credential.Shower
	credential.Enroller
	credential.Forgetter
}

type readerOf struct{ v *device }

func (r readerOf) Show(ctx context.Context, reply credential.Reply) error {
	return r.v.do(ctx, "show", func(ctx context.Context, p *host.Plugin, epoch uint64) error {
		return p.Credential(r.v.handle, epoch).Show(ctx, reply)
	})
}

func (r readerOf) Enrol(ctx context.Context, e credential.Enrolment) error {
	return r.v.do(ctx, "enrol", func(ctx context.Context, p *host.Plugin, epoch uint64) error {
		return p.Credential(r.v.handle, epoch).Enrol(ctx, e)
	})
}

func (r readerOf) Forget(ctx context.Context, token string) error {
	return r.v.do(ctx, "forget", func(ctx context.Context, p *host.Plugin, epoch uint64) error {
		return p.Credential(r.v.handle, epoch).Forget(ctx, token)
	})
}

func (d *Devices) open(address string, c storedef.Class) (*device, uint64, error) {
	v := d.all.Load().devices[address]
	switch {
	case v == nil:
		return nil, 0, fault.Errorf(fault.Invalid, "there is no device %s", address)
	case v.def.Class != c:
		return nil, 0, fault.Errorf(fault.Invalid, "%s is a %s and no %s", address, v.def.Class, c)
	}
	p, epoch, state := v.opening()
	if p == nil && !v.traffic.isHeld() {
		return nil, 0, fault.Errorf(fault.Unavailable, "%s is not open: it is %s", address, state)
	}
	return v, epoch, nil
}

type gateOf struct{ v *device }

func (g gateOf) Admit(ctx context.Context, a gate.Admission) error {
	return g.v.do(ctx, "admit", func(ctx context.Context, p *host.Plugin, epoch uint64) error {
		return p.Gate(g.v.handle, epoch).Admit(ctx, a)
	})
}

type shelfOf struct{ v *device }

func (s shelfOf) Tare(ctx context.Context, bay int) error {
	return s.v.do(ctx, "tare", func(ctx context.Context, p *host.Plugin, epoch uint64) error {
		return p.Shelf(s.v.handle, epoch).Tare(ctx, bay)
	})
}

type paymentOf struct{ v *device }

// pay makes one command of a processor.
func pay[Q, A any](ctx context.Context, v *device, name string, q Q, f func(payment.Processor, context.Context, Q) (A, error)) (a A, err error) {
	err = v.do(ctx, name, func(ctx context.Context, p *host.Plugin, epoch uint64) (err error) {
		a, err = f(p.Payment(v.handle, epoch), ctx, q)
		return err
	})
	return a, err
}

func (p paymentOf) Authorize(ctx context.Context, r payment.AuthorizeRequest) (payment.Authorization, error) {
	return pay(ctx, p.v, "authorize", r, payment.Processor.Authorize)
}

// Increase raises a hold (payment.Increaser). A processor that can't answers with
// code unsupported.
func (p paymentOf) Increase(ctx context.Context, r payment.IncreaseRequest) (a payment.Authorization, err error) {
	err = p.v.do(ctx, "increase", func(ctx context.Context, h *host.Plugin, epoch uint64) (err error) {
		a, err = h.Payment(p.v.handle, epoch).Increase(ctx, r)
		return err
	})
	return a, err
}

func (p paymentOf) Capture(ctx context.Context, r payment.CaptureRequest) (payment.Capture, error) {
	return pay(ctx, p.v, "capture", r, payment.Processor.Capture)
}

func (p paymentOf) Void(ctx context.Context, r payment.VoidRequest) error {
	return p.v.do(ctx, "void", func(ctx context.Context, h *host.Plugin, epoch uint64) error {
		return h.Payment(p.v.handle, epoch).Void(ctx, r)
	})
}

func (p paymentOf) Refund(ctx context.Context, r payment.RefundRequest) (payment.Refund, error) {
	return pay(ctx, p.v, "refund", r, payment.Processor.Refund)
}

func (p paymentOf) Lookup(ctx context.Context, r payment.LookupRequest) (payment.Outcome, error) {
	return pay(ctx, p.v, "lookup", r, payment.Processor.Lookup)
}
