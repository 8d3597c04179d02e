package devices

import (
	"context"

	"github.com/openaisle/aisle/hcl/storedef"
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

// Gate gives the commands of the present opening of a gate, and its epoch. The
// error has code unavailable where the gate is not open. A command that comes
// too late, for a newer opening, is answered with that code by the plugin.
func (d *Devices) Gate(address string) (Gate, uint64, error) {
	p, v, epoch, err := d.open(address, storedef.ClassGate)
	if err != nil {
		return nil, 0, err
	}
	return p.Gate(v.handle, epoch), epoch, nil
}

// Payment gives the commands of the present opening of a payment processor, as
// Gate does.
func (d *Devices) Payment(address string) (payment.Processor, uint64, error) {
	p, v, epoch, err := d.open(address, storedef.ClassPayment)
	if err != nil {
		return nil, 0, err
	}
	return p.Payment(v.handle, epoch), epoch, nil
}

// Shelf gives the commands of the present opening of a weight shelf, as Gate
// does.
func (d *Devices) Shelf(address string) (shelf.Tarer, uint64, error) {
	p, v, epoch, err := d.open(address, storedef.ClassWeightShelf)
	if err != nil {
		return nil, 0, err
	}
	return p.Shelf(v.handle, epoch), epoch, nil
}

func (d *Devices) open(address string, c storedef.Class) (*host.Plugin, *device, uint64, error) {
	v := d.devices[address]
	switch {
	case v == nil:
		return nil, nil, 0, fault.Errorf(fault.Invalid, "there is no device %s", address)
	case v.def.Class != c:
		return nil, nil, 0, fault.Errorf(fault.Invalid, "%s is a %s and no %s", address, v.def.Class, c)
	}
	p, epoch, view := v.opening()
	if p == nil {
		return nil, nil, 0, fault.Errorf(fault.Unavailable, "%s is not open: it is %s", address, view)
	}
	return p, v, epoch, nil
}
