package devices

import (
	"errors"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
)

// claim is a device's lease on the machine: what keeps two hosts from driving
// one gate. The session that keeps the device has it to itself.
type claim struct {
	key   string // known once the device has said what it is
	lease *lease.Lease
}

// leased reports whether devices of a class are leased: those that act on
// people.
func leased(c storedef.Class) bool { return c == storedef.ClassGate }

// claimAgain takes the lease of a device that said what it is at an earlier
// opening, so that one which somebody else holds need not be opened to know
// that.
func (v *device) claimAgain(epoch uint64) error {
	if v.claim.key == "" || v.claim.lease != nil {
		return nil
	}
	return v.takeLease(v.claim.key, epoch)
}

// claimAs takes the lease of a device that said what it is. What can't be leased
// works without, and says so.
func (v *device) claimAs(plugin string, id class.Identity, epoch uint64) error {
	if !leased(v.def.Class) {
		return nil
	}
	if id.SerialNumber == "" {
		v.unclaim()
		v.claim.key = ""
		v.leaseIs("none: it states no serial number, so nothing keeps another host from driving it")
		return nil
	}
	key := plugin + "\x00" + id.Model + "\x00" + id.SerialNumber
	if v.claim.lease != nil && v.claim.key == key {
		if err := v.claim.lease.Renew(v.holder(epoch)); err != nil {
			v.plugin.all.log.Warn("lease is not renewed", "device", v.def.Address, "err", err)
		}
		return nil
	}
	v.unclaim()
	v.claim.key = key
	return v.takeLease(key, epoch)
}

// takeLease takes a lease. The error, of code unavailable, says who has it.
func (v *device) takeLease(key string, epoch uint64) error {
	l, err := lease.Take(v.plugin.all.leases, key, v.holder(epoch))
	var held *lease.HeldError
	switch {
	case errors.As(err, &held):
		v.leaseIs(held.Error())
		return fault.Wrap(fault.Unavailable, "claim", held)
	case err != nil:
		if v.leaseIs("none: " + err.Error()) {
			v.plugin.all.log.Warn("device has no lease: nothing keeps another host on this machine from driving it",
				"device", v.def.Address, "err", err)
		}
		return nil
	}
	v.claim.lease = l
	v.leaseIs("held: " + l.Path())
	return nil
}

func (v *device) holder(epoch uint64) lease.Holder {
	return lease.Holder{Store: v.plugin.all.store, Device: v.def.Address, PID: os.Getpid(), Epoch: epoch, Since: time.Now().UTC()}
}

// leaseIs notes how the device is leased, and reports whether that is new.
func (v *device) leaseIs(s string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	was := v.view.Lease
	v.view.Lease = bound(s)
	return was != v.view.Lease
}

// unclaim lets go of the lease.
func (v *device) unclaim() {
	if v.claim.lease == nil {
		return
	}
	v.claim.lease.Release()
	v.claim.lease = nil
	v.leaseIs("")
}
