package storefile

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/gs1"
)

const goods = `id,EAN,name,price,tax,mass,age,certified
cola_zero,09521234000112,"Cola, zero",1.80,standard,352 g,,
beer,09521234000228,Beer,2.40 EUR,standard,521 g,18,weight interaction
`

const listed = `
catalogue "goods" {
  file    = "goods.csv"
  columns = { gtin = "EAN" }
}
planogram "listed" {
  file = "bays.csv"
}
`

func TestCatalogue(t *testing.T) {
	json := `[ {"id": "cola_zero", "EAN": "09521234000112", "name": "Cola, zero", "price": 1.80, "tax": "standard", "mass": "352 g"},
  {"id":"beer","EAN":"09521234000228","name":"Beer","price":"2.40 EUR","tax":"standard","mass":"521 g","age":18,"certified":"weight;interaction", "free": null} ]`
	yaml := "- id: cola_zero\n  EAN: '09521234000112'\n  name: Cola, zero\n  price: 1.80\n  tax: standard\n  mass: 352 g\n" +
		"- {id: beer, EAN: \"09521234000228\", name: Beer, price: 2.40 EUR, tax: standard, mass: 521 g, age: 18, certified: weight interaction}\n"
	bays := "at,product,depth\nweight_shelf.cooler.bay[2],09521234000112,4\nweight_shelf.cooler.bay[2],\"product.goods[\"\"beer\"\"]\",\n"
	var first string
	for _, f := range []struct{ name, text, bays string }{
		{"goods.csv", goods, bays}, {"goods.json", json, bays}, {"goods.yaml", yaml, bays},
		{"goods.csv", strings.ReplaceAll(goods, "\n", "\r\n"), "shelf,bay,product,depth\ncooler,2,9521234000112,4\nweight_shelf.cooler,2,9521234000228,\n"},
	} {
		dir := store(t, map[string]string{"more.hcl": strings.Replace(listed, "goods.csv", f.name, 1), f.name: f.text, "bays.csv": f.bays})
		d, ps := Load(dir, &Options{Schemas: acme{}})
		if len(ps) > 0 {
			_ = Print(os.Stderr, ps, false)
			t.Fatalf("problems in %s", f.name)
		}
		got := fmt.Sprintf("%+v %+v", d.Store.Products, d.Store.Facings)
		if first == "" {
			first = got
			for _, want := range []string{`Name:goods["beer"]`, "Title:Cola, zero", "Age:18", "Certified:[weight interaction]", "Depth:4"} {
				if !strings.Contains(got, want) {
					t.Errorf("no %s in %s", want, got)
				}
			}
		}
		if got != first {
			t.Errorf("%s: %s\nwant %s", f.name, got, first)
		}
	}
}

// What is wrong in a file is shown at its row and cell.
func TestCatalogueProblems(t *testing.T) {
	good := map[string]string{"more.hcl": listed, "goods.csv": goods, "bays.csv": "at,product\n"}
	for _, c := range []struct{ name, file, from, to, want string }{
		{"check digit", "goods.csv", "09521234000112", "09521234000113", "goods.csv:2:11 gtin"},
		{"price", "goods.csv", "1.80", "1.8x", `goods.csv:2:39 quantity => "1.8 EUR"`},
		{"currency", "goods.csv", "2.40 EUR", "2.40 USD", "goods.csv:3:26 currency"},
		{"unit", "goods.csv", "352 g", "352 gr", `goods.csv:2:53 quantity => 352 g`},
		{"tax", "goods.csv", "1.80,standard", "1.80,standrd", "goods.csv:2:44 unknown_reference => tax.standard"},
		{"evidence", "goods.csv", "weight interaction", "wieght", `goods.csv:3:53 unknown_word => "weight"`},
		{"age", "goods.csv", ",18,", ",181,", "goods.csv:3:50 out_of_bounds"},
		{"no name", "goods.csv", ",Beer,", ",,", "goods.csv:3:1 missing_argument"},
		{"no key", "goods.csv", "beer,", ",", "goods.csv:3:1 data"},
		{"key twice", "goods.csv", "beer,", "cola_zero,", "goods.csv:3:1 duplicate"},
		{"GTIN twice", "goods.csv", "09521234000228", "09521234000112", "goods.csv:3:6 duplicate"},
		{"short row", "goods.csv", "2.40 EUR,", "", "goods.csv:3:1 data"},
		{"quote", "goods.csv", "\"Cola, zero\"", "\"Cola, zero", "goods.csv:2:1 data"},
		{"no such column", "more.hcl", `"EAN"`, `"ENA"`, `more.hcl:4:13 unknown_column => EAN`},
		{"no such argument", "more.hcl", `gtin =`, `gitn =`, `more.hcl:4:13 unknown_argument => gtin`},
		{"no such file", "more.hcl", `goods.csv`, `godos.csv`, `more.hcl:3:13 data`},
		{"no table", "more.hcl", `goods.csv`, `more.hcl`, `more.hcl:3:13 data`},
		{"bay", "bays.csv", "at,product\n", "at,product\nweight_shelf.cooler.bay[3],09521234000112\n", `bays.csv:2:1 unknown_reference`},
		{"shelf", "bays.csv", "at,product\n", "shelf,product\ncoolr,09521234000112\n", `bays.csv:2:1 unknown_reference => weight_shelf.cooler`},
		{"product", "bays.csv", "at,product\n", "at,product\nweight_shelf.cooler.bay[2],product.goods.beeer\n", `bays.csv:2:28 unknown_reference => product.goods.beer`},
		{"product by unknown code", "bays.csv", "at,product\n", "at,product\nweight_shelf.cooler.bay[2],09521234000334\n", `bays.csv:2:28 unknown_reference`},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for name, text := range good {
				if name == c.file {
					if !strings.Contains(text, c.from) {
						t.Fatalf("no %q", c.from)
					}
					text = strings.Replace(text, c.from, c.to, 1)
				}
				files[name] = text
			}
			_, ps := Load(store(t, files), &Options{Schemas: acme{}})
			for _, p := range ps {
				got := p.Place.String() + " " + p.Code
				if p.Suggestion != "" {
					got += " => " + p.Suggestion
				}
				if got == c.want || got == strings.Replace(c.want, "=> 352 g", `=> "352 g"`, 1) {
					checkForm(t, p)
					return
				}
			}
			_ = Print(os.Stderr, ps, false)
			t.Errorf("want %s", c.want)
		})
	}
}

func TestLargeCatalogue(t *testing.T) {
	if testing.Short() {
		t.Skip("short: twenty thousand rows take seconds under the race detector")
	}
	var b strings.Builder
	b.WriteString("id,EAN,name,price,tax,mass\n")
	const rows = 20_000
	for i := range rows {
		digits := fmt.Sprintf("952%09d", i)
		check, err := gs1.CheckDigit(digits)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "p%d,%s%c,Product %d,1.80,standard,%d g\n", i, digits, check, i, 100+i%500)
	}
	d, ps := Load(store(t, map[string]string{"more.hcl": listed, "goods.csv": b.String(), "bays.csv": "at,product\n"}), &Options{Schemas: acme{}})
	if len(ps) > 0 || len(d.Store.Products) != rows+1 {
		t.Fatalf("%d products, %v", len(d.Store.Products), ps[:min(3, len(ps))])
	}
}
