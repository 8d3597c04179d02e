package storefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fleet makes a folder of a fleet whose one shop is base.hcl and files.
func fleet(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["shop/base.hcl"] = strings.Replace(read(t, "testdata/base.hcl"), `store "test" {`, "variable \"store_id\" {}\nstore \"test\" {\n  name     = var.store_id", 1)
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, content)
	}
	return dir
}

const chain = `
locals {
  stores = csvdecode(file("stores.csv"))
}
store "shop" {
  for_each = { for s in local.stores : s.id => s }
  source   = "./shop"
  values   = { shelves = tonumber(each.value.shelves), lane = each.value.lane }
}
store "flagship" {
  source = "./shop"
  values = { shelves = 9, lane = "wide" }
}
`

const shop = `
variable "shelves" {
  type = number
  validation {
    condition     = var.shelves > 0
    error_message = "A shop has shelves."
  }
}
variable "lane" {}
weight_shelf "row" {
  for_each = toset([for i in range(var.shelves) : tostring(i)])
  driver   = acme.shelf
  zone     = zone.drinks
}
module "lane" { 
  source = "../modules/lane"
  width  = var.lane
}
`

func TestFleet(t *testing.T) {
	dir := fleet(t, map[string]string{
		"chain.fleet.hcl": chain, "shop/shop.hcl": shop, "modules/lane/main.hcl": "variable \"width\" {}\nzone \"lane\" { for_each = toset([var.width]) }\n",
		"stores.csv": "id,shelves,lane\nporto,2,narrow\nlisbon,3,wide\n",
	})
	if !IsFleet(dir) || IsFleet(filepath.Join(dir, "shop")) {
		t.Error("what is a fleet?")
	}
	f, ps := LoadFleet(dir, nil)
	if len(ps) > 0 || len(f.Stores) != 3 {
		t.Fatal(f.Stores, ps)
	}
	for id, want := range map[string]struct {
		shelves int
		zone    string
	}{"porto": {3, `module.lane.zone.lane["narrow"]`}, "lisbon": {4, `module.lane.zone.lane["wide"]`}, "flagship": {10, `module.lane.zone.lane["wide"]`}} {
		s, _, ok := f.Store(id)
		if !ok {
			t.Fatal(id)
		}
		d, ps := Load(s.Dir, s.Options(&Options{Schemas: acme{}}))
		if len(ps) > 0 {
			t.Fatal(ps)
		}
		n := 0
		for _, x := range d.Store.Devices {
			if x.Class == "weight_shelf" {
				n++
			}
		}
		if d.Store.Name != id || n != want.shelves || d.Store.Zones[0].Address != want.zone {
			t.Errorf("%s: %s has %d shelves and %v", id, d.Store.Name, n, d.Store.Zones)
		}
	}
	if _, near, ok := f.Store("prto"); ok || near != "porto" {
		t.Errorf("near %q", near)
	}
}

func TestFleetProblems(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown argument", "source   =", "soruce   =", "chain.fleet.hcl:7:3 unknown_argument => source"},
		{"unknown block", `store "flagship"`, `stroe "flagship"`, "chain.fleet.hcl:10:1 unknown_block => store"},
		{"a store twice", `"flagship"`, `"porto"`, "chain.fleet.hcl:10:1 duplicate"},
		{"elsewhere", `"./shop"`, `"../shop"`, "chain.fleet.hcl:7:14 data"},
		{"no folder", `"./shop"`, `"./shops"`, "chain.fleet.hcl:7:14 data"},
		{"no column", "each.value.shelves", "each.value.shelvs", "chain.fleet.hcl:8:35 unknown_reference => each.value.shelves"},
		{"a list", "values   = {", "values   = [", "chain.fleet.hcl"},
		{"a reference of a store", "each.value.lane", "zone.drinks", "chain.fleet.hcl:8:63 unknown_reference"},
		{"unknown variable", "lane = each", "lnae = each", "porto: chain.fleet.hcl:8:56 unknown_variable => lane"},
		{"not allowed", "porto,2", "porto,0", "porto: chain.fleet.hcl:8:16 invalid_value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"chain.fleet.hcl": chain, "shop/shop.hcl": shop, "modules/lane/main.hcl": "variable \"width\" {}\n", "stores.csv": "id,shelves,lane\nporto,2,narrow\n"}
			changed := false
			for name, text := range files {
				if strings.Contains(text, c.from) && name != "shop/shop.hcl" {
					files[name], changed = strings.Replace(text, c.from, c.to, 1), true
				}
			}
			if !changed {
				t.Fatal("nothing changed")
			}
			f, ps := LoadFleet(fleet(t, files), nil)
			var got []string
			for _, p := range ps {
				checkForm(t, p)
				got = append(got, p.Place.String()+" "+p.Code+" => "+p.Suggestion)
			}
			for _, s := range f.Stores {
				_, ps := Load(s.Dir, s.Options(&Options{Schemas: acme{}}))
				for _, p := range ps {
					checkForm(t, p)
					got = append(got, s.ID+": "+strings.TrimSuffix(strings.TrimPrefix(p.Place.String(), "(no place)"), "")+" "+p.Code+" => "+p.Suggestion)
				}
			}
			if all := strings.Join(got, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("got %s\nwant %s", all, c.want)
			}
		})
	}
}
