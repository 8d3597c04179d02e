package storefile

import (
	"os"
	"slices"
	"testing"
)

func TestForEach(t *testing.T) {
	dir := store(t, map[string]string{"more.hcl": `
locals {
  lanes = { a = { zone = "one", bays = 2 }, b = { zone = "two", bays = 3 } }
}
zone "lane" { for_each = toset([for l in local.lanes : l.zone]) }
tax "class" {
  for_each = { low = "6%", high = "23%" }
  rate     = each.value
}
weight_shelf "row" {
  for_each = local.lanes
  driver   = acme.shelf
  zone     = zone.lane[each.value.zone]
  dynamic "bay" {
    for_each = range(each.value.bays)
    labels   = [bay.value + 1]
    content { certified = bay.value == 0 ? ["weight"] : [] }
  }
  config { rate = each.key == "a" ? 50 : 60 }
}
gate "lane" {
  for_each = local.lanes
  driver   = acme.gate
  zone     = zone.lane[each.value.zone]
  role     = "exit"
}
rfid_reader "lane" {
  for_each = local.lanes
  driver   = acme.lane
  zone     = zone.lane[each.value.zone]
  serves   = gate.lane[each.key]
  config {
    addr = "10.0.0.${each.key}"
    antenna { port = 1 }
  }
}
product "tea" {
  for_each = { green = "09521234000112" }
  gtin     = each.value
  name     = "Tea, ${each.key}"
  price    = "1 EUR"
  mass     = "100 g"
  tax      = tax.class["low"]
}
planogram "tea" {
  dynamic "facing" {
    for_each = { one = 1, two = 2 }
    iterator = f
    content {
      at      = weight_shelf.row["b"].bay[f.value]
      product = product.tea["green"]
    }
  }
}
`})
	d, ps := Load(dir, &Options{Schemas: acme{}, Secrets: noSecret})
	if len(ps) > 0 {
		_ = Print(os.Stderr, ps, false)
		t.Fatal("problems")
	}
	got := map[string][]string{}
	for _, x := range d.Store.Devices {
		got[x.Address] = append(append(slices.Clone(x.Zones), x.Serves...), string(x.Config))
		for _, b := range x.Bays {
			got[x.Address] = append(got[x.Address], b.Address)
		}
	}
	for address, want := range map[string][]string{
		`weight_shelf.row["a"]`: {`zone.lane["one"]`, `{"rate":50,"settle":800000000}`, `weight_shelf.row["a"].bay[1]`, `weight_shelf.row["a"].bay[2]`},
		`rfid_reader.lane["b"]`: {`zone.lane["two"]`, `gate.lane["b"]`, `{"addr":"10.0.0.b","antenna":[{"port":1,"power":30}]}`},
	} {
		if !slices.Equal(got[address], want) {
			t.Errorf("%s: %q, want %q", address, got[address], want)
		}
	}
	if f := d.Store.Facings; len(f) != 3 || f[1].At != `weight_shelf.row["b"].bay[1]` {
		t.Errorf("facings %v", f)
	}
	for _, p := range d.Store.Products {
		if p.Name == `tea["green"]` && p.Tax != `class["low"]` {
			t.Errorf("tax %q", p.Tax)
		}
	}
}
