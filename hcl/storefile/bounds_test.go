package storefile

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

// Every bound at its edge: the last value that is taken and the first that isn't.
func TestBounds(t *testing.T) {
	tests := []struct{ block, argument, taken, refused string }{
		{"entry", "admit_within", `"1s"`, `"999ms"`}, {"entry", "admit_within", `"5m"`, `"300001ms"`},
		{"entry", "max_stay", `"1m"`, `"59s"`}, {"entry", "max_stay", `"24h"`, `"86400001ms"`},
		{"entry", "max_party", "1", "0"}, {"entry", "max_party", "32", "33"},
		{"entry", "min_quality", `"0%"`, `"-1%"`}, {"entry", "min_quality", `"100%"`, `"100.0001%"`},
		{"attribution", "window", `"50ms"`, `"49ms"`}, {"attribution", "window", `"10s"`, `"10001ms"`},
		{"attribution", "grace", `"0s"`, `"-1ms"`}, {"attribution", "grace", `"60s"`, `"60001ms"`},
		{"attribution", "charge_above", `"95%"`, `"94.9999%"`}, {"attribution", "charge_above", `"100%"`, `"101%"`},
		{"attribution", "review_above", `"98.9999%"`, `"99%"`},
		{"attribution", "several_units", `"50%"`, `"50.0001%"`},
		{"receipt", "review_within", `"1s"`, `"999ms"`}, {"receipt", "review_within", `"4h"`, `"14400001ms"`},
		{"safety", "free_exit_after", `"100ms"`, `"99ms"`}, {"safety", "free_exit_after", `"10s"`, `"10001ms"`},
		{`tax "x"`, "rate", `"1000%"`, `"1000.0001%"`}, {`tax "x"`, "rate", `"0%"`, `"-1%"`},
		{`weight_shelf "x"`, "bays", "1", "0"}, {`weight_shelf "x"`, "bays", "256", "257"},
		{`planogram "x"`, "depth", "1", "0"}, {`planogram "x"`, "depth", "10000", "10001"},
		{`product "x"`, "mass", `"1 mg"`, `"0 g"`}, {`product "x"`, "price", `"0.01 EUR"`, `"0.00 EUR"`},
		{`product "x"`, "price", `"15.00 EUR"`, `"15.01 EUR"`}, // the hold of base.hcl
		{`product "x"`, "mass_deviation", `"499 g"`, `"500 g"`},
		{`product "x"`, "age", "1", "0"}, {`product "x"`, "age", "99", "100"},
		{`deposit "x"`, "amount", `"0.01 EUR"`, `"0.00 EUR"`}, {`deposit "x"`, "amount", `"1000000000.00 EUR"`, `"1000000000.01 EUR"`},
		{`promotion "x"`, "percent", `"0.0001%"`, `"0%"`}, {`promotion "x"`, "percent", `"100%"`, `"100.0001%"`},
		{`promotion "x"`, "take", "1", "0"}, {`promotion "x"`, "take", "100", "101"},
		{`promotion "x"`, "pay", "1", "0"}, {`promotion "x"`, "pay", "2", "3"},
		{"receipt", "dispute_limit", `"0.00 EUR"`, `"-0.01 EUR"`}, {"receipt", "dispute_limit", `"25.00 EUR"`, `"25.00 USD"`},
		{"receipt", "dispute_within", `"24h"`, `"86399s"`}, {"receipt", "dispute_within", `"4320h"`, `"15552001s"`},
		{"receipt", "age_within", `"1s"`, `"999ms"`}, {"receipt", "age_within", `"4h"`, `"14400001ms"`},
	}
	rest := map[string]string{
		`weight_shelf "x"`: "driver = acme.shelf\n zone = zone.drinks",
		`product "x"`:      "gtin = \"09521234000112\"\n name = \"X\"\n tax = tax.standard",
		`deposit "x"`:      "tax = tax.standard",
		`promotion "x"`:    "name = \"X\"",
		`planogram "x"`:    "at = weight_shelf.cooler.bay[2]\n product = product.cola",
	}
	also := map[string]string{
		"age": "price = \"1.00 EUR\"", "percent": "products = product.cola", "take": "percent = \"1%\"\n products = product.cola",
		"pay":  "take = 3\n products = product.cola",
		"mass": "price = \"1.00 EUR\"", "mass_deviation": "mass = \"500 g\"\n price = \"1.00 EUR\""}
	for _, tt := range tests {
		for value, want := range map[string]int{tt.taken: 0, tt.refused: 1} {
			body := fmt.Sprintf("%s = %s\n %s\n %s", tt.argument, value, rest[tt.block], also[tt.argument])
			if strings.HasPrefix(tt.block, "planogram") {
				body = "facing {\n" + body + "\n}"
			}
			dir := store(t, map[string]string{"x.hcl": tt.block + " {\n" + body + "\n}\n"})
			if _, ps := Load(dir, nil); len(ps) != want {
				t.Errorf("%s %s = %s: %d problems, want %d: %v", tt.block, tt.argument, value, len(ps), want, ps)
			}
		}
	}
}

func TestNameLength(t *testing.T) {
	for n, want := range map[int]int{64: 0, 65: 1} {
		dir := store(t, map[string]string{"x.hcl": "zone \"" + strings.Repeat("z", n) + "\" {}\n"})
		if _, ps := Load(dir, nil); len(ps) != want {
			t.Errorf("a name of %d: %v", n, ps)
		}
	}
}

func TestFileLength(t *testing.T) {
	dir := t.TempDir()
	for n, want := range map[int]bool{MaxFileBytes: true, MaxFileBytes + 1: false} {
		write(t, dir, "x.hcl", strings.Repeat("#", n))
		if _, err := readStoreFile(filepath.Join(dir, "x.hcl")); (err == nil) != want {
			t.Errorf("a file of %d bytes: %v", n, err)
		}
	}
}

// The settlement block is in base.hcl: its bounds are tried there.
func TestSettlementBounds(t *testing.T) {
	base := read(t, "testdata/base.hcl")
	for _, tt := range []struct{ argument, taken, refused string }{
		{"retry", `["1m"]`, `["59999ms"]`}, {"retry", `["720h"]`, `["720h", "1m"]`}, {"retry", `[]`, `["720h1s"]`},
		{"retry", `[` + strings.Repeat(`"1h",`, 15) + `]`, `[` + strings.Repeat(`"1h",`, 16) + `]`},
		{"over_capture", `"25%"`, `"25.0001%"`}, {"over_capture", `"0%"`, `"-1%"`},
	} {
		for value, want := range map[string]int{tt.taken: 0, tt.refused: 1} {
			text := strings.Replace(base, "settlement {", "settlement {\n"+tt.argument+" = "+value, 1)
			if _, ps := Load(store(t, map[string]string{"base.hcl": text}), nil); len(ps) != want {
				t.Errorf("settlement %s = %s: %d problems, want %d: %v", tt.argument, value, len(ps), want, ps)
			}
		}
	}
}

// TestLadder reads what is said of the ladder.
func TestLadder(t *testing.T) {
	text := strings.Replace(read(t, "testdata/base.hcl"), "settlement {", `settlement {
  second_tap   = "hold"
  increase     = false
  over_capture = "10%"
  rest         = "store"
  retry        = ["90m", "24h"]
  offline {
    per_sale = "10.00 EUR"
    per_card = "20.00 EUR"
    total    = "100.00 EUR"
    for      = "1h"
  }`, 1) + "failure {\n payment = \"offline\"\n}\n"
	d, ps := Load(store(t, map[string]string{"base.hcl": text}), &Options{Schemas: acme{}})
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	no := false
	want := storedef.Settlement{Processor: "payment.cards", Hold: money.New(1500, "EUR"), SecondTap: storedef.TapHolds, Increase: &no,
		OverCapture: 100_000, Rest: storedef.RestBorne, Retry: []time.Duration{90 * time.Minute, 24 * time.Hour},
		Offline: &storedef.Offline{PerSale: money.New(1000, "EUR"), PerCard: money.New(2000, "EUR"), Total: money.New(10000, "EUR"), For: time.Hour}}
	if !reflect.DeepEqual(d.Store.Settlement, want) {
		t.Errorf("%+v", d.Store.Settlement)
	}
}
