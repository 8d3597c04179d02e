package storefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// store makes a folder of base.hcl and more.
func store(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "base.hcl", read(t, "testdata/base.hcl"))
	for name, content := range files {
		write(t, dir, name, content)
	}
	return dir
}

func everything(t testing.TB, opts Options) *Definition {
	t.Helper()
	dir := store(t, map[string]string{"everything.hcl": read(t, "testdata/good/everything.hcl")})
	opts.Vars = map[string]string{"recording": "testdata/good/data"}
	d, ps := Load(dir, &opts)
	if len(ps) > 0 {
		_ = Print(os.Stderr, ps, false)
		t.Fatal("problems in a good store")
	}
	return d
}

func noSecret(string) (string, error) { return "sk_planted", nil }

func TestEverything(t *testing.T) {
	d := everything(t, Options{Schemas: acme{}, Peers: map[string]string{"world": "unix:/w"}, Secrets: noSecret})
	if len(d.Unchecked) != 0 || len(d.Later) != 0 {
		t.Errorf("unchecked %v, later %v", d.Unchecked, d.Later)
	}
	devices := map[string]storedef.Device{}
	for _, dev := range d.Store.Devices {
		devices[dev.Address] = dev
	}
	left := devices["weight_shelf.left"]
	wantBays := []storedef.Bay{
		{Number: 1, Address: "weight_shelf.left.bay[1]"},
		{Number: 4, Address: "weight_shelf.left.bay[4]", Certified: []observe.Kind{observe.KindWeight, observe.KindInteraction}},
	}
	if !reflect.DeepEqual(left.Bays, wantBays) || left.Certified[0] != observe.KindWeight {
		t.Errorf("left: %+v", left)
	}
	if n := len(devices["weight_shelf.cooler"].Bays); n != 2 {
		t.Errorf("cooler has %d bays", n)
	}
	if got := devices["camera.ceiling"].Zones; !reflect.DeepEqual(got, []string{"zone.drinks", "zone.entrance"}) {
		t.Errorf("zones %v", got)
	}
	lane := devices["rfid_reader.lane"]
	if lane.Plugin != "acme" || lane.Driver != "lane" || lane.Serves[0] != "gate.north" || lane.Class != storedef.ClassRFIDReader {
		t.Errorf("lane: %+v", lane)
	}
	for address, want := range map[string]string{
		"rfid_reader.lane":    `{"addr":"unix:/w","antenna":[{"port":1,"power":30},{"port":2,"power":25}]}`,
		"payment.cards":       `{"api_key":"sk_planted"}`,
		"weight_shelf.left":   `{"filter":"median","gain":0.25,"labels":{"row":"1","side":"left"},"loud":false,"rate":100,"settle":1500000000,"tags":["a","b"],"tare":2000000}`,
		"weight_shelf.cooler": `{"rate":60,"settle":800000000}`,
		"gate.north":          `{}`,
	} {
		if got := string(devices[address].Config); got != want {
			t.Errorf("%s: config %s, want %s", address, got, want)
		}
	}
}

func TestEverythingElse(t *testing.T) {
	s := everything(t, Options{}).Store
	var nuts storedef.Product
	for _, p := range s.Products {
		if p.Name == `listed["7"]` {
			nuts = p
		}
	}
	want := storedef.Product{
		Name: `listed["7"]`, GTIN: "00096619321841", Title: "Nuts", Mass: 101_333, MassDeviation: 1_500,
		Price: money.New(250, "EUR"), Tax: "standard", Certified: []observe.Kind{observe.KindWeight},
	}
	if !reflect.DeepEqual(nuts, want) || len(s.Products) != 3 {
		t.Errorf("got %+v of %d", nuts, len(s.Products))
	}
	if s.Products[1].MassDeviation != measure.Mass(345_000*17/1000) && s.Products[0].MassDeviation == 0 {
		t.Errorf("default deviation %+v", s.Products)
	}
	wantFacings := []storedef.Facing{
		{At: "weight_shelf.cooler.bay[1]", Product: "05449000000996", Depth: 10},
		{At: "weight_shelf.left.bay[1]", Product: "00096619321841", Depth: 3},
		{At: "weight_shelf.left.bay[4]", Product: "00096619321841", Depth: 3},
		{At: "weight_shelf.left.bay[4]", Product: "04006381333931", Depth: 3},
	}
	if !reflect.DeepEqual(s.Facings, wantFacings) {
		t.Errorf("facings %+v", s.Facings)
	}
	wantEntry := storedef.Entry{
		AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: 45 * time.Minute, MaxParty: storedef.DefaultMaxParty,
		Staff: []string{"badge-1", "badge-2"}, MinQuality: storedef.DefaultMinQuality,
		Tenders:       []storedef.Tender{storedef.TenderCard, storedef.TenderWallet, storedef.TenderApp, storedef.TenderPalm},
		RefuseFunding: []string{"ebt", "gift"}, UnknownFunding: storedef.UnknownAccepted,
		RefuseRisk: []string{"denied"}, UnknownRisk: storedef.UnknownAccepted,
	}
	if !reflect.DeepEqual(s.Entry, wantEntry) {
		t.Errorf("entry %+v", s.Entry)
	}
	if s.Attribution != (storedef.Attribution{
		Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
		ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits,
	}) {
		t.Errorf("attribution %+v", s.Attribution)
	}
	if !reflect.DeepEqual(s.Settlement, storedef.Settlement{Processor: "payment.cards", Hold: money.New(1500, "EUR"), Retry: storedef.DefaultRetry()}) ||
		s.Receipt != (storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, AgeWithin: storedef.DefaultAgeWithin, Rounding: money.HalfEven}) ||
		s.Safety.FreeExitAfter != storedef.DefaultFreeExitAfter {
		t.Errorf("policies %+v %+v %+v", s.Settlement, s.Receipt, s.Safety)
	}
}

// What is known only later leaves a device without a config, and says so.
func TestUnknown(t *testing.T) {
	d := everything(t, Options{})
	if len(d.Unchecked) != len(d.Store.Devices) {
		t.Errorf("without schemas %v unchecked", d.Unchecked)
	}
	d = everything(t, Options{Schemas: acme{}})
	if want := []string{"payment.cards", "rfid_reader.lane"}; !reflect.DeepEqual(d.Later, want) {
		t.Errorf("later %v, want %v", d.Later, want)
	}
	for _, dev := range d.Store.Devices {
		if later := strings.HasPrefix(dev.Address, "payment") || strings.HasPrefix(dev.Address, "rfid"); (dev.Config == nil) != later {
			t.Errorf("%s: config %s", dev.Address, dev.Config)
		}
	}
}

// The same store in other files and another order is the same store.
func TestOrder(t *testing.T) {
	a := everything(t, Options{}).Store
	src := read(t, "testdata/base.hcl")
	half := strings.Index(src, "payment \"cards\"")
	dir := t.TempDir()
	write(t, dir, "a.hcl", src[half:])
	write(t, dir, "b.hcl", read(t, "testdata/good/everything.hcl"))
	write(t, dir, "c.hcl", src[:half])
	d, ps := Load(dir, &Options{Vars: map[string]string{"recording": "testdata/good/data"}})
	if ps.HasErrors() {
		t.Fatal(ps.Err())
	}
	got, _ := json.Marshal(d.Store)
	want, _ := json.Marshal(a)
	if string(got) != string(want) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// A secret that is resolved is in no store, problem or encoding.
func TestSecretStaysSecret(t *testing.T) {
	dir := store(t, map[string]string{"more.hcl": `
zone "x" {}
payment "more" {
  driver = acme.processor
  config {
    api_key  = secret("env:KEY")
    base_url = secret("env:KEY")
  }
}
payment "made" {
  driver = acme.processor
  config {
    api_key = "Bearer ${upper(local.k)}"
  }
}
locals { k = secret("env:KEY") }
entry { max_stay = local.k }
receipt { rounding = "half${local.k}" }
weight_shelf "s" {
  driver = acme.shelf
  zone   = zone.x
  config {
    filter = local.k
    settle = local.k
    labels = { a = local.k }
  }
}
product "p" {
  gtin  = local.k
  name  = upper(local.k)
  price = local.k
  tax   = tax[local.k]
}
`})
	d, ps := Load(dir, &Options{Schemas: acme{}, Secrets: noSecret})
	if len(ps) < 8 {
		t.Errorf("%d problems: %v", len(ps), ps)
	}
	var b strings.Builder
	_ = Print(&b, ps, true)
	report, _ := json.Marshal(ps)
	def, _ := json.Marshal(d.Store)
	for _, text := range []string{b.String(), string(report), string(def), ps.Err().Error()} {
		if strings.Contains(strings.ToLower(text), "planted") {
			t.Errorf("shows the secret: %s", text)
		}
	}
	if redact := d.Redactable(); !slices.Contains(redact, "Bearer SK_PLANTED") {
		t.Errorf("what a config block makes of a secret is not known: %q", redact)
	}
	_, ps = Load(dir, &Options{Schemas: acme{}, Secrets: func(string) (string, error) { return "", errors.New("environment variable KEY is not set") }})
	if !strings.Contains(ps.Err().Error(), "KEY is not set") {
		t.Errorf("got %v", ps.Err())
	}
}

// A secret is no key of an object, whether it is resolved or not: the object
// would lose that it is one, and errors repeat keys.
func TestSecretIsNoKey(t *testing.T) {
	for text, at := range map[string]string{
		"locals {\n  a = { (secret(\"env:KEY\")) = 1 }\n}": "2:10", "locals {\n  a = { \"x${secret(\"env:KEY\")}\" = 1 }\n}": "2:10",
		"locals {\n  a = { for x in [1, 2] : secret(\"env:KEY\") => x }\n}":                              "2:27",
		"locals {\n  k = [secret(\"env:KEY\")]\n  a = { for k in local.k : k => 1 }\n  b = local.a.x\n}": "3:28",
		"variable \"pin\" {\n  sensitive = true\n}\nlocals {\n  a = { x = { (var.pin) = 1 } }\n}":        "5:16",
		"zone \"z\" {\n  for_each = { (secret(\"env:KEY\")) = 1 }\n}":                                    "2:17",
		"entry {\n  staff = keys({ (secret(\"env:KEY\")) = 1 })\n}":                                      "2:19",
	} {
		for _, secrets := range []func(string) (string, error){nil, noSecret} {
			dir := store(t, map[string]string{"more.hcl": text})
			vars := map[string]string{}
			if strings.Contains(text, "pin") {
				vars["pin"] = "planted-pin"
			}
			_, ps := Load(dir, &Options{Schemas: acme{}, Secrets: secrets, Vars: vars})
			if len(ps) != 1 || ps[0].Code != "secret" || fmt.Sprintf("%d:%d", ps[0].Line, ps[0].Column) != at {
				t.Errorf("%s: %v", text, ps)
			}
			if strings.Contains(strings.ToLower(fmt.Sprint(ps)), "planted") {
				t.Errorf("%s tells the secret: %v", text, ps)
			}
		}
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "key", "sk_file\n")
	write(t, dir, "empty", "\n")
	t.Setenv("AISLE_TEST_KEY", "sk_env")
	get := Secrets(dir)
	for ref, want := range map[string]string{
		"env:AISLE_TEST_KEY": "sk_env", "file:key": "sk_file", "file:" + filepath.Join(dir, "key"): "sk_file",
		"env:AISLE_TEST_NONE": "", "file:none": "", "file:empty": "", "sk_live": "",
	} {
		got, err := get(ref)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
}

func TestLocate(t *testing.T) {
	d := everything(t, Options{Schemas: acme{}})
	tests := []struct{ address, path, snippet, context string }{
		{"rfid_reader.lane", "addr", "    addr = peer.world.address", `rfid_reader "lane", config`},
		{"rfid_reader.lane", "antenna[1].power", "      power = 25", `rfid_reader "lane", config`},
		{"rfid_reader.lane", "antenna[0].power", "    antenna {", `rfid_reader "lane", config`},
		{"rfid_reader.lane", "", `rfid_reader "lane" {`, `rfid_reader "lane"`},
		{"rfid_reader.lane", "antenna[7].x[", "  config {", `rfid_reader "lane", config`},
		{"weight_shelf.left", `labels["row"]`, `    labels = { row = "1", side = "left" }`, `weight_shelf "left", config`},
		{"weight_shelf.left.bay[4]", "", `  bay "4" {`, `weight_shelf "left", bay "4"`},
		{"gate.north", "addr", `gate "north" {`, `gate "north"`},
		{"product.cola", "price", `  price = "1.80 EUR"`, `product "cola"`},
		{`product.listed["7"]`, "mass", `  mass           = format("%.3f g", sum(each.value.weights) / length(each.value.weights))`, `product "listed", for "7"`},
		{"entry", "max_stay", "  max_stay = var.stay", "entry"},
		{"zone.drinks", "", `zone "drinks" {}`, `zone "drinks"`},
	}
	for _, tt := range tests {
		p, ok := d.Locate(tt.address, tt.path)
		if !ok || p.Snippet != tt.snippet || p.Context != tt.context {
			t.Errorf("%s %s: %v %q in %q", tt.address, tt.path, ok, p.Snippet, p.Context)
		}
	}
	if _, ok := d.Locate("gate.none", ""); ok {
		t.Error("found a gate that isn't there")
	}
	if p := d.Problem("gate.none", "x", "open", "The gate did not open", "Look."); p.File != "" || p.Severity != Error {
		t.Errorf("%+v", p)
	}
}

func TestNoStore(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none"), ""} {
		d, ps := Load(dir, nil)
		if d == nil || !ps.HasErrors() {
			t.Errorf("%q: %v", dir, ps)
		}
		if _, ok := d.Locate("gate.north", ""); ok {
			t.Error("located nothing")
		}
	}
}

func TestExamples(t *testing.T) {
	d, ps := Load("../../examples/corner", nil)
	if len(ps) > 0 {
		_ = Print(os.Stderr, ps, false)
		t.Fatal("problems in examples/corner")
	}
	if len(d.Store.Plugins) < 3 || len(d.Store.Devices) != 14 || len(d.Store.Products) != 27 {
		t.Errorf("corner: %d plugins, %d devices, %d products", len(d.Store.Plugins), len(d.Store.Devices), len(d.Store.Products))
	}
}

// The recorded shelf takes its catalogue from data that isn't ours to copy.
func TestRecordedShelf(t *testing.T) {
	data := os.Getenv("AISLE_DATA")
	if data == "" {
		t.Skip("AISLE_DATA is not set: the recording is not at hand")
	}
	folder := filepath.Join(data, "data", "aim3s-shelf-recording")
	d, ps := Load("../../examples/recorded-shelf", &Options{Vars: map[string]string{"recording": folder}})
	if len(ps) > 0 {
		_ = Print(os.Stderr, ps, false)
		t.Fatal("problems in examples/recorded-shelf")
	}
	byTitle := map[string]storedef.Product{}
	for _, p := range d.Store.Products {
		byTitle[p.Title] = p
	}
	for title, want := range map[string]struct {
		gtin string
		mass measure.Mass
	}{
		"Fabuloso Cleaner":                     {"00035000530639", 685_000},
		"Palmolive Ultra Strenght dish liquid": {"00035000000590", 326_600}, // UPC-E 03505900
		"Tall Kitchen Bags White":              {"02000000000114", 460_000}, // its code is damaged
		"Rolo":                                 {"00034000002443", 49_700},
		"Skor":                                 {"00034000003709", 40_600},
		"Reece's White Cream":                  {"02000000000725", 47_067}, // seven digits of a UPC-E of system 3
	} {
		if p := byTitle[title]; string(p.GTIN) != want.gtin || p.Mass != want.mass {
			t.Errorf("%s: %+v", title, p)
		}
	}
	faced := map[string]int{}
	for _, f := range d.Store.Facings {
		faced[f.At]++
	}
	want := map[string]int{}
	for n, products := range []int{15, 17, 10, 8, 13} {
		want[bayAddress("weight_shelf.shelf_"+string(rune('1'+n)), 1)] = products
	}
	if !reflect.DeepEqual(faced, want) {
		t.Errorf("facings %v, want %v", faced, want)
	}
	if _, ps := Load("../../examples/recorded-shelf", nil); len(ps) != 1 || !strings.Contains(ps.Err().Error(), "--var recording=VALUE") {
		t.Errorf("without the recording: %v", ps)
	}
}
