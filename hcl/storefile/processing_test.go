package storefile

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
)

// processed loads the base store with this processing block, offline for a time
// where it isn't empty.
func processed(t *testing.T, processing, offline string) (*storedef.Processing, Problems) {
	t.Helper()
	base := read(t, "testdata/base.hcl")
	base = strings.Replace(base, "driver = acme.processor\n", "driver = acme.processor\n"+processing+"\n", 1)
	if offline != "" {
		base = strings.Replace(base, "hold      = \"15.00 EUR\"\n", "hold = \"15.00 EUR\"\noffline {\nper_sale = \"15.00 EUR\"\ntotal = \"15.00 EUR\"\nfor = \""+offline+"\"\n}\n", 1) +
			"failure {\n  payment = \"offline\"\n}\n"
	}
	dir := t.TempDir()
	write(t, dir, "base.hcl", base)
	d, ps := Load(dir, &Options{Schemas: acme{}})
	for _, v := range d.Store.Devices {
		if v.Class == storedef.ClassPayment {
			return v.Processing, ps
		}
		if v.Processing != nil {
			t.Errorf("%s processes payments", v.Address)
		}
	}
	t.Fatal("no processor")
	return nil, nil
}

func TestProcessingAsDeclared(t *testing.T) {
	want, _ := acme{}.Processing("acme", "processor")
	for _, block := range []string{"", "processing {}"} {
		if got, ps := processed(t, block, ""); ps.HasErrors() || !reflect.DeepEqual(*got, want) {
			t.Errorf("%q: %+v, %v", block, got, ps)
		}
	}
}

// What the store's contract says takes the place of what the plugin declares,
// and of all networks' lifetimes.
func TestProcessingNarrowed(t *testing.T) {
	got, ps := processed(t, `processing {
		key_window = "15m"
		lookup_by_key = true
		lookup_by_reference = false
		settling_delay = "2m"
		hold_lifetime = "26h30m"
		over_capture = "5%"
		partial_refund = false
		refund_window = "0s"
	}`, "")
	want := storedef.Processing{KeyWindow: 15 * time.Minute, LookupByKey: true, SettlingDelay: 2 * time.Minute,
		HoldLifetime: 26*time.Hour + 30*time.Minute, PartialCapture: true, OverCapture: 50_000}
	if ps.HasErrors() || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v", got, ps)
	}
}

// Offline may last as long as 80 % of the keys do, and no second longer.
func TestOfflineWithinKeys(t *testing.T) {
	for offline, ok := range map[string]bool{"8h": true, "8h1s": false} {
		if _, ps := processed(t, `processing { key_window = "10h" }`, offline); ps.HasErrors() == ok {
			t.Errorf("%s: %v", offline, ps)
		}
	}
}

// A plugin that was not asked is taken to do what is usual.
func TestProcessingNotAsked(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "base.hcl", strings.Replace(read(t, "testdata/base.hcl"), "driver = acme.processor\n",
		"driver = acme.processor\nprocessing {\npartial_capture = false\n}\n", 1))
	d, ps := Load(dir, nil)
	if ps.HasErrors() {
		t.Fatal(ps)
	}
	if p := storedef.NewIndex(d.Store).Processing("payment.cards"); !reflect.DeepEqual(p, storedef.DefaultProcessing()) {
		t.Errorf("%+v", p)
	}
}
