package storefilebench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/sdk/gs1"
)

// perFile is how many products or shelves stand in one file.
const perFile = 500

// baysPerShelf is how many bays each generated shelf has.
const baysPerShelf = 4

// Generate writes a store of so many devices and products into a folder. Three
// of the devices are a gate, its reader and a processor, the rest shelves; each
// product stands on one bay.
func Generate(dir string, devices, products int) error {
	shelves := devices - 3
	if shelves < 1 || products < 1 {
		return fmt.Errorf("generate a store: %d devices and %d products are too few", devices, products)
	}
	g := generator{dir: dir}
	g.write("store", frame)
	for from := 0; from < shelves; from += perFile {
		var b strings.Builder
		for i := from; i < min(from+perFile, shelves); i++ {
			fmt.Fprintf(&b, shelf, i, i%20, baysPerShelf, i/250, i%250)
		}
		g.write(fmt.Sprintf("shelves_%03d", from/perFile), b.String())
	}
	for from := 0; from < products; from += perFile {
		var b, facings strings.Builder
		for i := from; i < min(from+perFile, products); i++ {
			fmt.Fprintf(&b, product, i, g.gtin(i), i, 50+i%1000, 1+i%9, i%100)
			fmt.Fprintf(&facings, facing, i%shelves, 1+i/shelves%baysPerShelf, i)
		}
		fmt.Fprintf(&b, "planogram \"part_%d\" {\n%s}\n", from/perFile, facings.String())
		g.write(fmt.Sprintf("products_%03d", from/perFile), b.String())
	}
	return g.err
}

type generator struct {
	dir string
	err error
}

func (g *generator) write(name, text string) {
	if g.err == nil {
		g.err = os.WriteFile(filepath.Join(g.dir, name+".hcl"), []byte(text), 0o600)
	}
}

func (g *generator) gtin(i int) string {
	payload := fmt.Sprintf("952%09d", i)
	check, err := gs1.CheckDigit(payload)
	if err != nil && g.err == nil {
		g.err = err
	}
	return payload + string(rune(check))
}

const frame = `store "generated" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}

plugin "vendor" {
  source = "vendor/everything"
}

zone "zone_0" {}
zone "zone_1" {}
zone "zone_2" {}
zone "zone_3" {}
zone "zone_4" {}
zone "zone_5" {}
zone "zone_6" {}
zone "zone_7" {}
zone "zone_8" {}
zone "zone_9" {}
zone "zone_10" {}
zone "zone_11" {}
zone "zone_12" {}
zone "zone_13" {}
zone "zone_14" {}
zone "zone_15" {}
zone "zone_16" {}
zone "zone_17" {}
zone "zone_18" {}
zone "zone_19" {}

gate "door" {
  driver = vendor.gate
  zone   = zone.zone_0
  role   = "both"
}

credential_reader "door" {
  driver = vendor.reader
  serves = gate.door
}

payment "cards" {
  driver = vendor.processor
}

tax "standard" {
  rate = "23%"
}

settlement {
  processor = payment.cards
  hold      = "120.00 EUR"
}
`

const shelf = `weight_shelf "shelf_%d" {
  driver = vendor.shelf
  zone   = zone.zone_%d
  bays   = %d

  config {
    addr = "10.0.%d.%d:7001"
    rate = 100
  }
}

`

const product = `product "product_%d" {
  gtin  = "%s"
  name  = "Product %d"
  mass  = "%d g"
  price = "%d.%02d EUR"
  tax   = tax.standard
}

`

const facing = `  facing {
    at      = weight_shelf.shelf_%d.bay[%d]
    product = product.product_%d
    depth   = 12
  }
`
