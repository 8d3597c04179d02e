package storedef

import (
	"slices"

	"github.com/openaisle/aisle/sdk/gs1"
)

// Index finds the parts of a store by their names. It is derived from a Store
// and never changes.
type Index struct {
	Store    Store
	devices  map[string]*Device
	bays     map[string]*Bay
	shelves  map[string]*Device
	products map[gs1.GTIN]*Product
	taxes    map[string]*Tax
	deposits map[string]*Deposit
	facings  map[string][]gs1.GTIN
	cameras  map[string][]*Device // by zone
	closers  []*Device
}

// NewIndex returns the index of s.
func NewIndex(s Store) *Index {
	x := &Index{
		Store: s, devices: map[string]*Device{}, bays: map[string]*Bay{}, shelves: map[string]*Device{},
		products: map[gs1.GTIN]*Product{}, taxes: map[string]*Tax{}, deposits: map[string]*Deposit{}, facings: map[string][]gs1.GTIN{},
		cameras: map[string][]*Device{},
	}
	for i := range x.Store.Devices {
		d := &x.Store.Devices[i]
		x.devices[d.Address] = d
		for j := range d.Bays {
			x.bays[d.Bays[j].Address] = &d.Bays[j]
			x.shelves[d.Bays[j].Address] = d
		}
		if d.Class == ClassCamera {
			for _, z := range d.Zones {
				x.cameras[z] = append(x.cameras[z], d)
			}
		}
	}
	for i := range x.Store.Products {
		x.products[x.Store.Products[i].GTIN] = &x.Store.Products[i]
	}
	for i := range x.Store.Taxes {
		x.taxes[x.Store.Taxes[i].Name] = &x.Store.Taxes[i]
	}
	for i := range x.Store.Deposits {
		x.deposits[x.Store.Deposits[i].Name] = &x.Store.Deposits[i]
	}
	for _, f := range x.Store.Facings {
		if !slices.Contains(x.facings[f.At], f.Product) {
			x.facings[f.At] = append(x.facings[f.At], f.Product)
		}
	}
	for i := range x.Store.Devices {
		if d := &x.Store.Devices[i]; x.closes(d) {
			x.closers = append(x.closers, d)
		}
	}
	return x
}

// closes reports whether somebody may not be let in while a device is down.
func (x *Index) closes(d *Device) bool {
	switch {
	case d.Class == ClassGate && d.Role == RoleExit: // a way out closes nothing
		return false
	case d.Class == ClassPayment && d.Address != x.Store.Settlement.Processor:
		return false
	}
	r := x.Reaction(d)
	return r == ReactClosed || r == ReactCloseEntry || r == ReactOffline
}

// Closers returns the devices while which are down somebody may not be let in,
// in the order of the store's devices.
func (x *Index) Closers() []*Device { return x.closers }

// Device returns the device at an address, or nil.
func (x *Index) Device(address string) *Device { return x.devices[address] }

// Bay returns the bay at an address, or nil.
func (x *Index) Bay(address string) *Bay { return x.bays[address] }

// Shelf returns the shelf that a bay is on, or nil.
func (x *Index) Shelf(bay string) *Device { return x.shelves[bay] }

// Product returns the product of a GTIN, or nil.
func (x *Index) Product(g gs1.GTIN) *Product { return x.products[g] }

// Tax returns the tax of a name, or nil.
func (x *Index) Tax(name string) *Tax { return x.taxes[name] }

// Deposit returns the deposit of a name, or nil.
func (x *Index) Deposit(name string) *Deposit { return x.deposits[name] }

// Facings returns the products that belong on a bay, in the order of the
// planogram.
func (x *Index) Facings(bay string) []gs1.GTIN { return x.facings[bay] }

// Covered reports whether any camera sees one of the zones.
func (x *Index) Covered(zones []string) bool {
	return slices.ContainsFunc(zones, func(z string) bool { return len(x.cameras[z]) > 0 })
}

// Cameras returns the cameras that see a zone, in the order of the store's
// devices.
func (x *Index) Cameras(zone string) []*Device { return x.cameras[zone] }

// BayOf returns the address of bay n of a shelf, or "" where it has none.
func (x *Index) BayOf(shelf string, n int) string {
	d := x.devices[shelf]
	if d == nil {
		return ""
	}
	for i := range d.Bays {
		if d.Bays[i].Number == n {
			return d.Bays[i].Address
		}
	}
	return ""
}

// GateOf returns the gate that a device serves, or the one in its zone, or "".
func (x *Index) GateOf(address string) string {
	d := x.devices[address]
	if d == nil {
		return ""
	}
	for _, s := range d.Serves {
		if g := x.devices[s]; g != nil && g.Class == ClassGate {
			return s
		}
	}
	for i := range x.Store.Devices {
		g := &x.Store.Devices[i]
		if g.Class == ClassGate && slices.ContainsFunc(g.Zones, func(z string) bool { return slices.Contains(d.Zones, z) }) {
			return g.Address
		}
	}
	return ""
}
