package scene

import (
	"errors"
	"fmt"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// The limits of a scene.
const (
	MaxDevices  = 4096
	MaxProducts = 100_000
	MaxDepth    = 1000
	// defaultPrefix is the commonest length of a GS1 company prefix.
	defaultPrefix = 7
)

// check collects everything wrong with s, so that a scene is mended in one go.
func (s *Scene) check() error {
	c := &checker{zones: make(map[string]bool), gates: make(map[string]bool), products: make(map[string]bool), seen: make(map[string]bool)}
	if len(s.Gates) == 0 {
		c.failf("a scene needs a gate: nobody could enter")
	}
	if len(s.Products) > MaxProducts {
		c.failf("%d products, the limit is %d", len(s.Products), MaxProducts)
	}
	for _, z := range s.Zones {
		c.unique(z)
		c.zones[z] = true
	}
	for i := range s.Products {
		c.product(&s.Products[i])
	}
	c.entrances(s)
	c.shoppers(s)
	covered := make(map[string]bool)
	for _, cam := range s.Cameras {
		c.unique(cam.Address)
		for _, z := range cam.Zones {
			c.zone(cam.Address, z)
			if covered[z] {
				c.failf("%s: another camera sees %s already", cam.Address, z)
			}
			covered[z] = true
		}
	}
	for _, p := range s.Payments {
		c.unique(p)
	}
	for _, w := range s.Shelves {
		c.shelf(w)
	}
	if n := len(s.Devices()); n > MaxDevices {
		c.failf("%d devices, the limit is %d", n, MaxDevices)
	}
	return errors.Join(c.errs...)
}

type checker struct {
	zones, gates, products, seen map[string]bool
	errs                         []error
}

func (c *checker) failf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

func (c *checker) unique(address string) {
	if address == "" {
		c.failf("an address is empty")
	} else if c.seen[address] {
		c.failf("%s is there twice", address)
	}
	c.seen[address] = true
}

func (c *checker) zone(of, zone string) {
	if !c.zones[zone] {
		c.failf("%s: there is no zone %q", of, zone)
	}
}

func (c *checker) gate(of, gate string) {
	if !c.gates[gate] {
		c.failf("%s: there is no gate %q", of, gate)
	}
}

func (c *checker) entrances(s *Scene) {
	for _, g := range s.Gates {
		c.unique(g.Address)
		c.zone(g.Address, g.Zone)
		c.gates[g.Address] = true
	}
	for _, r := range s.Readers {
		c.unique(r.Address)
		c.gate(r.Address, r.Gate)
		if len(r.Methods) == 0 {
			c.failf("%s: a reader needs a method", r.Address)
		}
		for _, m := range r.Methods {
			var method observe.Method
			if err := method.UnmarshalText([]byte(m)); err != nil {
				c.failf("%s: %w", r.Address, err)
			}
		}
	}
	for _, l := range s.Lanes {
		c.unique(l.Address)
		c.gate(l.Address, l.Gate)
	}
}

func (c *checker) product(p *Product) {
	if p.Name == "" || c.products[p.Name] {
		c.failf("product %q: the name is empty or there twice", p.Name)
	}
	c.products[p.Name] = true
	if !p.GTIN.Valid() {
		c.failf("product %s: %q is no GTIN", p.Name, p.GTIN)
	} else if c.products["gtin "+string(p.GTIN)] {
		c.failf("product %s: another product has GTIN %s", p.Name, p.GTIN)
	}
	c.products["gtin "+string(p.GTIN)] = true
	mass, err := measure.ParseMass(p.Mass)
	if err == nil && mass <= 0 {
		err = fmt.Errorf("mass %s is not positive", p.Mass)
	}
	if err != nil {
		c.failf("product %s: %w", p.Name, err)
	}
	p.PackagedMass = mass
	if p.Spread != "" {
		if p.Portions, err = measure.ParseMass(p.Spread); err != nil || p.Portions <= 0 || p.Portions > mass/2 {
			c.failf("product %s: spread %q is not a mass of up to half of %s", p.Name, p.Spread, p.Mass)
		}
	}
	if p.CompanyPrefix == 0 {
		p.CompanyPrefix = defaultPrefix
	}
	if _, err := gs1.NewSGTIN(p.GTIN, p.CompanyPrefix, 1); err != nil && p.Tagged && p.GTIN.Valid() {
		c.failf("product %s: %w", p.Name, err)
	}
}

func (c *checker) shelf(w Shelf) {
	c.unique(w.Address)
	c.zone(w.Address, w.Zone)
	if len(w.Bays) == 0 {
		c.failf("%s has no bay", w.Address)
	}
	for _, b := range w.Bays {
		at := BayAddress(w.Address, b.Number)
		if b.Number < 1 || b.Number > observe.MaxBay {
			c.failf("%s: bays are numbered from 1 to %d", at, observe.MaxBay)
		}
		c.unique(at)
		for _, f := range b.Facings {
			if !c.products[f.Product] {
				c.failf("%s: there is no product %q", at, f.Product)
			}
			if f.Depth < 1 || f.Depth > MaxDepth {
				c.failf("%s: %s has depth %d, it must be from 1 to %d", at, f.Product, f.Depth, MaxDepth)
			}
		}
	}
}
