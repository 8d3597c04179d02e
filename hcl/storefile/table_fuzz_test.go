package storefile

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
)

// tableSeeds are files of products and of facings, some of them whole.
func tableSeeds(f *testing.F) {
	products := []string{
		"id,gtin,name,mass,price,tax,age\ncola,05449000000996,Cola,345 g,1.80 EUR,standard,\nwine,09521234000112,\"Red, \"\"dry\"\"\",1.2 kg,4.50 EUR,tax.standard,18\n",
		"\ufeffid;gtin\ncola;1\n", "id,id\n1,2\n", "id,name\n\"open", "id,name\r\nx\r\n\r\ny,z,w\r\n", ",\n,\n", "\xff\xfe\x00", "",
		`[{"id":"cola","gtin":"05449000000996","name":"Cola","mass":"345 g","price":"1.80 EUR","tax":"standard","age":18}]`,
		`[{"id":{"a":[1,2,{"b":null}]},"mass":1e999}]`, `[[[[`, `[{"id":"a"},{"id":"a"},3,null,true]`,
		"- id: cola\n  gtin: \"05449000000996\"\n  name: Cola\n  mass: 345 g\n  price: 1.80 EUR\n  tax: standard\n", "- &a [*a]\n", "a: &a [b]\nc: [*a, *a]\n", "- {id: !!binary aGk=}\n- ? [x]\n  : y\n",
	}
	facings := []string{
		"at,product,depth\nweight_shelf.cooler.bay[1],product.goods[\"cola\"],4\n", "shelf,bay,product\ncooler,1,05449000000996\n", "shelf,bay,product\nx].y,${1},a.b[\n",
		`[{"at":"weight_shelf.cooler.bay[1]","product":"cola_330","depth":-1}]`, "- at: \"[\"\n  product: |\n    a\n    b\n",
	}
	for i, p := range products {
		f.Add(uint8(i/8), []byte(p), []byte(facings[i%len(facings)])) //nolint:gosec // a dozen
	}
	for kind := range uint8(3) {
		f.Add(kind, []byte(products[kind*8%12]), []byte(facings[kind]))
	}
}

// FuzzTable: no file of products or facings makes Load panic, every problem has
// a form and lies in its file, and the same bytes are the same store.
func FuzzTable(f *testing.F) {
	tableSeeds(f)
	frame, err := os.ReadFile("testdata/base.hcl")
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	write(f, dir, "base.hcl", string(frame))
	f.Fuzz(func(t *testing.T, kind uint8, products, facings []byte) {
		ending := []string{".csv", ".json", ".yaml"}[kind%3]
		write(t, dir, "tables.hcl", fmt.Sprintf(fuzzTables, ending, ending))
		for _, e := range []string{".csv", ".json", ".yaml"} {
			write(t, dir, "products"+e, "")
			write(t, dir, "facings"+e, "")
		}
		write(t, dir, "products"+ending, string(products))
		write(t, dir, "facings"+ending, string(facings))
		d, ps := Load(dir, &Options{Schemas: acme{}})
		lengths := map[string]int{"products" + ending: len(products), "facings" + ending: len(facings), "base.hcl": len(frame), "tables.hcl": len(fuzzTables) + 8}
		for _, p := range ps {
			if n, ok := lengths[p.File]; p.File != "" && !ok || p.StartByte < 0 || p.StartByte > p.EndByte || p.EndByte > n {
				t.Errorf("%d to %d in %q of %d bytes: %v", p.StartByte, p.EndByte, p.File, n, p)
			}
			if p.Summary == "" || p.Code == "" || len([]rune(p.Summary)) > maxSummary {
				t.Errorf("%+v", p)
			}
		}
		if err := Print(io.Discard, ps, true); err != nil {
			t.Error(err)
		}
		one, err := json.Marshal(d.Store)
		if err != nil && !ps.HasErrors() {
			t.Error(err)
		}
		again, more := Load(dir, &Options{Schemas: acme{}})
		if two, err := json.Marshal(again.Store); err == nil && string(one) != string(two) || len(more) != len(ps) {
			t.Errorf("read again it is another store: %v, %v", ps, more)
		}
	})
}

const fuzzTables = `catalogue "goods" {
  file = "products%s"
}

planogram "week" {
  file = "facings%s"
}
`
