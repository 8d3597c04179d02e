package storefile

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/openaisle/aisle/hcl/storedef"
)

// sort orders what the store holds, so that equal stores encode equally in
// whatever files they are written.
func (l *loader) sort() {
	s := &l.store
	slices.SortFunc(s.Plugins, func(a, b storedef.Plugin) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Agents, func(a, b storedef.Agent) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Peers, func(a, b storedef.Peer) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Zones, func(a, b storedef.Zone) int { return cmp.Compare(a.Address, b.Address) })
	slices.SortFunc(s.Devices, func(a, b storedef.Device) int { return cmp.Compare(a.Address, b.Address) })
	slices.SortFunc(s.Taxes, func(a, b storedef.Tax) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Products, func(a, b storedef.Product) int { return cmp.Compare(a.GTIN, b.GTIN) })
	slices.SortFunc(s.Facings, func(a, b storedef.Facing) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Product, b.Product))
	})
	slices.SortFunc(s.Deposits, func(a, b storedef.Deposit) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Promotions, func(a, b storedef.Promotion) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Houses, func(a, b storedef.House) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Moved, func(a, b storedef.Move) int { return cmp.Compare(a.From, b.From) })
	slices.Sort(s.Entry.Staff)
	slices.Sort(l.unchecked)
	slices.Sort(l.later)
	for i := range s.Devices {
		slices.Sort(s.Devices[i].Serves)
		slices.Sort(s.Devices[i].Certified)
		slices.SortFunc(s.Devices[i].Bays, func(a, b storedef.Bay) int { return cmp.Compare(a.Number, b.Number) })
	}
}

func emptyBlock(kind string) *hclsyntax.Block {
	return &hclsyntax.Block{Type: kind, Body: &hclsyntax.Body{Attributes: hclsyntax.Attributes{}}}
}
