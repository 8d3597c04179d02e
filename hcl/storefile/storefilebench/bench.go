// Package storefilebench measures how long a large store takes to load,
// against bare parsing and decoding of the same bytes in the same run.
//
// The aisle command calls it for aisle bench hcl. It writes a generated store
// into a temporary folder and removes it.
package storefilebench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/gohcl"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/config"
)

// The store that is loaded.
const (
	Devices  = 1_000
	Products = 10_000
	// rounds is how often each is measured; the median counts.
	rounds = 7
)

// Result is one measurement.
type Result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Limit is what the same work takes without us, in the same unit.
	Limit float64 `json:"limit"`
	// Ratio is Value over Limit: 1 would be free of cost.
	Ratio float64 `json:"ratio"`
}

// Parts are what Run measures, by name.
func Parts() []string { return []string{"validate", "growth", "fleet", "corpus"} }

// Run measures one part, or all of them where part is empty, and hands each
// result on as it comes. A name that Parts doesn't have measures nothing.
func Run(part string, w func(Result)) error {
	for _, p := range Parts() {
		var err error
		switch {
		case part != "" && part != p:
		case p == "validate":
			err = run(w, Devices, Products, rounds)
		case p == "growth":
			err = grown(w, fewDevices, manyDevices, 3)
		case p == "fleet":
			err = fleet(w, fleetStores)
		default:
			err = broken(w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func run(w func(Result), devices, products, rounds int) error {
	dir, err := os.MkdirTemp("", "aisle-bench-hcl-")
	if err != nil {
		return fmt.Errorf("bench hcl: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := Generate(dir, devices, products); err != nil {
		return err
	}
	load, err := median(rounds, func() error { return loadOnce(dir, devices, products) })
	if err != nil {
		return err
	}
	bare, err := median(rounds, func() error { return bareOnce(dir, products) })
	if err != nil {
		return err
	}
	w(Result{
		Name: fmt.Sprintf("hcl.validate %d devices %d products", devices, products), Unit: "ms",
		Value: milliseconds(load), Limit: milliseconds(bare), Ratio: float64(load) / float64(bare),
	})
	w(ratio(fmt.Sprintf("hcl.validate %d devices %d products, in all", devices, products), "ms", milliseconds(load), milliseconds(limitValidate)))
	mebibytes, err := allocated(func() error { return loadOnce(dir, devices, products) })
	if err != nil {
		return err
	}
	bareMebibytes, err := allocated(func() error { return bareOnce(dir, products) })
	w(ratio(fmt.Sprintf("hcl.validate %d devices %d products, allocated", devices, products), "MiB", mebibytes, bareMebibytes))
	return err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(rounds int, f func() error) (time.Duration, error) {
	var all []time.Duration
	for range rounds {
		start := time.Now()
		if err := f(); err != nil {
			return 0, fmt.Errorf("bench hcl: %w", err)
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

func loadOnce(dir string, devices, products int) error {
	d, ps := storefile.Load(dir, &storefile.Options{Schemas: vendor{}})
	if err := ps.Err(); err != nil {
		return err
	}
	if len(d.Store.Products) != products || len(d.Store.Devices) != devices {
		return fmt.Errorf("loaded %d devices and %d products", len(d.Store.Devices), len(d.Store.Products))
	}
	return nil
}

// bareProduct, bareDevice and bareFacing are what gohcl decodes most of the
// store into: literals as values, references as expressions that nobody
// follows.
type bareProduct struct {
	Name  string         `hcl:",label"`
	GTIN  string         `hcl:"gtin"`
	Title string         `hcl:"name"`
	Mass  string         `hcl:"mass"`
	Price string         `hcl:"price"`
	Tax   hcl.Expression `hcl:"tax"`
}

type bareConfig struct {
	Rate int    `hcl:"rate"`
	Addr string `hcl:"addr"`
}

type bareDevice struct {
	Name   string         `hcl:",label"`
	Driver hcl.Expression `hcl:"driver"`
	Zone   hcl.Expression `hcl:"zone"`
	Bays   int            `hcl:"bays"`
	Config bareConfig     `hcl:"config,block"`
}

type bareFacing struct {
	At      hcl.Expression `hcl:"at"`
	Product hcl.Expression `hcl:"product"`
	Depth   int            `hcl:"depth"`
}

type barePlanogram struct {
	Name    string       `hcl:",label"`
	Facings []bareFacing `hcl:"facing,block"`
}

type bareStore struct {
	Products   []bareProduct   `hcl:"product,block"`
	Devices    []bareDevice    `hcl:"weight_shelf,block"`
	Planograms []barePlanogram `hcl:"planogram,block"`
	Rest       hcl.Body        `hcl:",remain"`
}

func bareOnce(dir string, want int) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"+storefile.Extension))
	if err != nil {
		return err
	}
	parser := hclparse.NewParser()
	products := 0
	for _, file := range files {
		f, diags := parser.ParseHCLFile(file)
		if diags.HasErrors() {
			return diags
		}
		var s bareStore
		if diags := gohcl.DecodeBody(f.Body, nil, &s); diags.HasErrors() {
			return diags
		}
		products += len(s.Products)
	}
	if products != want {
		return fmt.Errorf("decoded %d products", products)
	}
	return nil
}

// Vendor gives what the plugin of generated stores says of its drivers.
func Vendor() storefile.Schemas { return vendor{} }

// vendor has the drivers that the generated store names.
type vendor struct{}

func (vendor) Drivers(string) ([]string, bool) {
	return []string{"gate", "reader", "shelf", "processor"}, true
}

func (vendor) Processing(_, driver string) (storedef.Processing, bool) {
	return storedef.DefaultProcessing(), driver == "processor"
}

func (vendor) Driver(_, driver string) (config.Schema, string, bool) {
	classes := map[string]string{"gate": "gate", "reader": "credential", "shelf": "shelf", "processor": "payment"}
	class, ok := classes[driver]
	if driver != "shelf" {
		return config.Schema{}, class, ok
	}
	return config.Schema{Attributes: []config.Attribute{
		{Name: "addr", Type: config.TypeString, Required: true}, {Name: "rate", Type: config.TypeInteger, Default: []byte("60")},
	}}, class, ok
}
