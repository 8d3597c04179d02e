package attribution

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/signal"
)

// stood is a product of the recorded shop: weighings of single units in grams,
// and the plates it stood on, a bay each.
type stood struct {
	name      gs1.GTIN
	weighings []float64
	plates    []string
}

func recordedShop(t *testing.T) (out []stood) {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recorded catalogue can't be found")
	}
	b, err := os.ReadFile(filepath.Join(root, "data", "aim3s-shelf-recording", "product_info.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Products []struct {
			ID          int       `json:"id"`
			Weights     []float64 `json:"weights"`
			Arrangement []struct {
				Shelf  int   `json:"shelf_id"`
				Plates []int `json:"plate_ids"`
			} `json:"arrangement"`
		} `json:"products"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, p := range file.Products {
		s := stood{name: gs1.GTIN(fmt.Sprint(p.ID)), weighings: slices.DeleteFunc(p.Weights, func(w float64) bool { return w <= 0 })}
		for _, a := range p.Arrangement {
			for _, plate := range a.Plates {
				s.plates = append(s.plates, fmt.Sprint(a.Shelf, ".", plate))
			}
		}
		out = append(out, s)
	}
	return out
}

// The core names single units of the recorded shop from what signal.UnitMass
// makes of the other weighings, as signal.Namer does with floats: each taken
// off one of its plates, which is a bay. What it believes above 99 % is right.
func TestNamesRecordedProducts(t *testing.T) {
	shop := recordedShop(t)
	var all, top, sure, right float64
	for i, p := range shop {
		if len(p.weighings) < 2 { // nothing would be known of it
			continue
		}
		for j, w := range p.weighings {
			for _, plate := range p.plates {
				share := 1 / float64(len(p.plates))
				change := -measure.Mass(w * float64(measure.Gram))
				post := weigh([]cause{{session: "s", options: onPlate(shop, plate, i, j)}}, change, measure.Gram/2)
				all += share
				if post.best < 0 {
					continue
				}
				named := post.option(post.best, 0).gtin
				if named == p.name {
					top += share
				}
				if post.belief(func(r int) bool { return post.option(r, 0).gtin == named }) >= 99*measure.Percent {
					sure += share
					if named == p.name {
						right += share
					}
				}
			}
		}
	}
	t.Logf("%.0f weighings: top-1 %.1f %%, believed %.1f %% and %.1f %% of them right", all, 100*top/all, 100*sure/all, 100*right/sure)
	if top < 0.92*all || right < 0.99*sure || sure < 0.5*all {
		t.Errorf("of %.1f weighings %.1f are named right, %.1f are believed and %.1f of them right", all, top, sure, right)
	}
}

// onPlate are the units that may have been taken off a plate, when weighing skip
// of product left is not known.
func onPlate(shop []stood, plate string, left, skip int) (out []option) {
	for i, p := range shop {
		w := slices.Clone(p.weighings)
		if i == left {
			w = slices.Delete(w, skip, skip+1)
		}
		m, d, ok := signal.UnitMass(w, nil)
		if !ok || !slices.Contains(p.plates, plate) {
			continue
		}
		out = append(out, option{gtin: p.name, quantity: 1, mass: m, variance: int64(d) * int64(d), score: ln(1, int64(len(p.plates)))})
	}
	return out
}
