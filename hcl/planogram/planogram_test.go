package planogram

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

const g = measure.Gram

func product(name, gtin string, mass measure.Mass) storedef.Product {
	code, err := gs1.ParseGTIN(gtin)
	if err != nil {
		panic(err)
	}
	return storedef.Product{Name: name, Title: name, GTIN: code, Mass: mass, Tax: "standard", Price: money.New(100, "EUR"),
		MassDeviation: mass * measure.Mass(storedef.DefaultMassSpread) / measure.Mass(measure.Certain)}
}

// shop is a shelf of bays under a camera; of each bay the products by name.
func shop(products []storedef.Product, bays ...[]string) storedef.Store {
	s := storedef.Store{Products: products, Attribution: storedef.Attribution{ChargeAbove: 990_000}}
	shelf := storedef.Device{Address: "weight_shelf.a", Class: storedef.ClassWeightShelf, Zones: []string{"zone.drinks"}}
	for i, names := range bays {
		at := "weight_shelf.a.bay[" + string(rune('1'+i)) + "]"
		shelf.Bays = append(shelf.Bays, storedef.Bay{Number: i + 1, Address: at})
		for _, n := range names {
			p := products[slices.IndexFunc(products, func(p storedef.Product) bool { return p.Name == n })]
			s.Facings = append(s.Facings, storedef.Facing{At: at, Product: p.GTIN})
		}
	}
	s.Devices = []storedef.Device{shelf, {Address: "camera.c", Class: storedef.ClassCamera, Zones: []string{"zone.drinks"}}}
	return s
}

var (
	cola  = product("cola", "05449000000996", 345*g)
	zero  = product("zero", "05449000131805", 347*g)
	water = product("water", "04006381333931", 520*g)
	gum   = product("gum", "00012345678905", 4*g)
	half  = product("half", "00036000291452", 173*g)
)

func kinds(r Report) []string {
	out := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		out[i] = string(f.Kind) + " " + f.Address
	}
	slices.Sort(out)
	return out
}

func TestFindings(t *testing.T) {
	unseen := shop([]storedef.Product{cola}, []string{"cola"})
	unseen.Devices = unseen.Devices[:1]
	certified := shop([]storedef.Product{cola}, []string{"cola"})
	certified.Devices = certified.Devices[:1]
	certified.Devices[0].Bays[0].Certified = []observe.Kind{observe.KindWeight}
	tagged := shop([]storedef.Product{cola, water}, []string{"cola"})
	tagged.Devices = append(tagged.Devices[:1], storedef.Device{Address: "rfid_reader.r", Class: storedef.ClassRFIDReader})
	drinks := []storedef.Product{cola, zero, water}
	for i, title := range []string{"Cola 330 ml", "Zero 0,33 l", "Water 500ml"} {
		drinks[i].Title = title
		if i < 2 {
			drinks[i].Deposit = "can"
		}
	}
	deposits := shop(drinks, []string{"cola"}, []string{"water"}, []string{"zero"})
	deposits.Deposits = []storedef.Deposit{{Name: "can"}}
	twice := shop([]storedef.Product{cola, half}, []string{"cola", "half"})
	twice.Attribution.SeveralUnits = storedef.DefaultSeveralUnits
	for name, c := range map[string]struct {
		store storedef.Store
		want  []string
	}{
		"well apart":            {shop([]storedef.Product{cola, water}, []string{"cola", "water"}), nil},
		"one bay":               {shop([]storedef.Product{cola, zero}, []string{"cola", "zero"}), []string{"confusable product.zero"}},
		"neighbours":            {shop([]storedef.Product{cola, zero}, []string{"cola"}, []string{"zero"}), []string{"confusable product.zero"}},
		"neighbours, reversed":  {shop([]storedef.Product{cola, zero}, []string{"zero"}, []string{"cola"}), []string{"confusable product.cola"}},
		"not neighbours":        {shop([]storedef.Product{cola, zero, water}, []string{"cola"}, []string{"water"}, []string{"zero"}), nil},
		"two weigh like one":    {twice, []string{"multiple_confusable product.half"}},
		"too light":             {shop([]storedef.Product{gum}, []string{"gum"}), []string{"too_light product.gum"}},
		"seen by nobody":        {unseen, []string{"never_certain weight_shelf.a.bay[1]"}},
		"the scale suffices":    {certified, nil},
		"a lane reads tags":     {tagged, nil},
		"in no place":           {shop([]storedef.Product{cola, water}, []string{"cola"}), []string{"unplaced_product product.water"}},
		"nothing faces the bay": {shop([]storedef.Product{cola}, []string{"cola"}, nil), []string{"empty_bay weight_shelf.a"}},
		"no deposit":            {deposits, []string{"missing_deposit product.water"}},
		"in-store number":       {shop([]storedef.Product{product("own", "02012345000001", 300*g)}, []string{"own"}), []string{"restricted_gtin product.own"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Check(c.store, nil)
			if got := kinds(r); !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Text == "" || f.Cure == "" || !slices.Contains(Kinds(), f.Kind) {
					t.Errorf("half a finding: %+v", f)
				}
			}
			if !reflect.DeepEqual(r, Check(c.store, nil)) {
				t.Error("not the same twice")
			}
		})
	}
}

// What weighs the same is told by nothing: half of it is wrong, none is sure.
func TestRates(t *testing.T) {
	same := zero
	same.Mass, same.MassDeviation = cola.Mass, cola.MassDeviation
	r := Check(shop([]storedef.Product{cola, same}, []string{"cola", "zero"}), nil)
	if r.Units != 2 || r.Wrong < 0.49 || r.Wrong > 0.51 || r.Unsure < 0.99 {
		t.Errorf("equal masses: %+v", r.Rates)
	}
	if r = Check(shop([]storedef.Product{cola, water}, []string{"cola", "water"}), nil); r.Wrong > 0.01 || r.Unsure > 0.05 {
		t.Errorf("masses apart: %+v", r.Rates)
	}
	last := 1.0
	for _, apart := range []measure.Mass{0, 2, 5, 10, 20, 40, 80} { // the further apart, the less is wrong
		far := zero
		far.Mass = cola.Mass + apart*g
		far.MassDeviation = cola.MassDeviation
		r := Check(shop([]storedef.Product{cola, far}, []string{"cola", "zero"}), nil)
		if r.Wrong > last {
			t.Errorf("%d g apart: %.4f wrong, more than nearer", apart, r.Wrong)
		}
		last = r.Wrong
	}
}

// A cure is one: with the product moved there the pair is found no more.
func TestCure(t *testing.T) {
	s := shop([]storedef.Product{cola, zero, water}, []string{"cola", "zero"}, []string{"water"}, []string{"water"})
	r := Check(s, nil)
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Kind == KindConfusable })
	if i < 0 || r.Findings[i].MoveTo == "" {
		t.Fatalf("no place was found: %+v", r.Findings)
	}
	f := r.Findings[i]
	for j := range s.Facings {
		if s.Facings[j].Product == f.Moved {
			s.Facings[j].At = f.MoveTo
		}
	}
	after := Check(s, nil)
	for _, a := range after.Findings {
		if a.Kind == KindConfusable && a.Bay == f.Bay && !strings.Contains(a.Text, "beside") {
			t.Errorf("still: %+v", a)
		}
	}
	if after.Wrong > r.Wrong/10 {
		t.Errorf("wrong %.4f before and %.4f after", r.Wrong, after.Wrong)
	}
}

// Coarser scales confuse more.
func TestNoise(t *testing.T) {
	far := zero
	far.Mass, far.MassDeviation = 375*g, cola.MassDeviation
	s := shop([]storedef.Product{cola, far}, []string{"cola", "zero"})
	fine, coarse := Check(s, &Options{Noise: g / 10}), Check(s, &Options{Noise: 30 * g})
	if fine.Wrong >= coarse.Wrong {
		t.Errorf("%.4f wrong with a fine scale, %.4f with a coarse one", fine.Wrong, coarse.Wrong)
	}
}
