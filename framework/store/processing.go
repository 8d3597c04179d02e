package store

import (
	"cmp"
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/payment"
)

// Processing is what a processor declares, as a definition has it.
func Processing(p payment.Capabilities) storedef.Processing {
	out := storedef.Processing{
		KeyWindow: p.KeyWindow, SavesErrors: p.SavesErrors, LookupByKey: p.LookupByKey, LookupByReference: p.LookupByReference,
		SettlingDelay: p.SettlingDelay, HoldLifetime: p.HoldLifetime, PartialCapture: p.PartialCapture, MultipleCapture: p.MultipleCapture,
		OverCapture: p.OverCapture, Increment: p.Increment, VoidAfterCapture: p.VoidAfterCapture,
		PartialRefund: p.PartialRefund, RefundWindow: p.RefundWindow,
	}
	for _, n := range p.HoldLifetimes {
		out.HoldLifetimes = append(out.HoldLifetimes, storedef.NetworkLifetime{Network: n.Network, Lifetime: n.Lifetime})
	}
	slices.SortFunc(out.HoldLifetimes, func(a, b storedef.NetworkLifetime) int { return cmp.Compare(a.Network, b.Network) })
	return out
}
