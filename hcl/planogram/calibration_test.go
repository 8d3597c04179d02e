package planogram

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// weighed is a product of a real catalogue.
type weighed struct {
	weights []float64 // grams, of single units
	mean    float64
	places  map[string]bool // where it stands, from coarse to fine
}

func load(t *testing.T, into any, path ...string) {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the catalogues that were weighed are not here")
	}
	raw, err := os.ReadFile(filepath.Join(append([]string{root, "data"}, path...)...))
	if err != nil {
		t.Skipf("AISLE_DATA has no catalogues: %v", err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func aim3s(t *testing.T) []weighed {
	var file struct {
		Products []struct {
			Weights     []float64 `json:"weights"`
			Arrangement []struct {
				Shelf  int   `json:"shelf_id"`
				Plates []int `json:"plate_ids"`
			} `json:"arrangement"`
		} `json:"products"`
	}
	load(t, &file, "aim3s-shelf-recording", "product_info.json")
	var out []weighed
	for _, p := range file.Products {
		w := weighed{weights: p.Weights, mean: mean(p.Weights), places: map[string]bool{"store": true}}
		for _, a := range p.Arrangement {
			w.places[fmt.Sprint("shelf ", a.Shelf)] = true
			for _, n := range a.Plates {
				w.places[fmt.Sprint("plate ", a.Shelf, n)] = true
			}
		}
		out = append(out, w)
	}
	return out
}

// aifi is the catalogue of 83 products; a place is where labelled hands took
// them from.
func aifi(t *testing.T) []weighed {
	var products []struct {
		ID     string  `json:"id"`
		Weight float64 `json:"weight"`
	}
	load(t, &products, "aifi-autocheckout-2020", "products.json")
	var out []weighed
	for _, p := range products {
		if p.Weight > 0 {
			out = append(out, weighed{mean: p.Weight, places: map[string]bool{"store": true}})
		}
	}
	return out
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, w := range list {
		sum += w
	}
	return sum / float64(len(list))
}

// model is the options of one unit of each of some products, the catalogue's
// masses being their means; of product "but" that of other is taken.
func model(all []weighed, among []int, but int, other float64) []option {
	const reading = 0.5 // grams: the scales that weighed them show whole ones
	var out []option
	for _, i := range among {
		m := all[i].mean
		if i == but {
			m = other
		}
		p := storedef.Product{GTIN: gs1.GTIN(fmt.Sprint(i)), Mass: measure.Mass(m * float64(measure.Gram))}
		p.MassDeviation = p.Mass * measure.Mass(storedef.DefaultMassSpread) / measure.Mass(measure.Certain)
		out = append(out, options(&p, 0, reading, 1/float64(len(among)))...)
	}
	return out
}

// among lists the products that share a place of a kind with product i.
func among(all []weighed, i int, kind string) []int {
	var out []int
	for j := range all {
		for place := range all[i].places {
			if strings.HasPrefix(place, kind) && all[j].places[place] && !slices.Contains(out, j) {
				out = append(out, j)
			}
		}
	}
	return out
}

// rates gives how many units the model expects to be taken for another product,
// and how many of the units that were weighed are.
func rates(all []weighed, kind string, units func(i int) (weights, means []float64)) (predicted, actual float64, n int) {
	for i := range all {
		weights, means := units(i)
		if len(weights) == 0 {
			continue
		}
		near := among(all, i, kind)
		truth := slices.Index(near, i)
		o := model(all, near, i, all[i].mean)
		predicted += float64(len(weights)) * weigh(o, truth, 0.99).wrong
		for k, w := range weights {
			o := model(all, near, i, means[k])
			every := make([]int, len(o))
			for j := range every {
				every[j] = j
			}
			if best, _ := believe(o, every, w); best != truth {
				actual++
			}
			n++
		}
	}
	return predicted / float64(n), actual / float64(n), n
}

// TestCalibration holds what is predicted against real weighings: each unit
// against the catalogue that all others make. Of the AiFi catalogue, which gives
// one weight a product, units are made of it and of how the real units of AIM3S
// lie around their means, which is no normal distribution.
//
//	AISLE_DATA=... go test ./hcl/planogram -run Calibration -v
func TestCalibration(t *testing.T) {
	real, store := aim3s(t), aifi(t)
	var spread []float64 // of the real units, relative to the mean of their product
	for _, p := range real {
		if k := float64(len(p.weights)); k > 1 {
			for _, w := range p.weights {
				spread = append(spread, (w/p.mean-1)*math.Sqrt(k/(k-1)))
			}
		}
	}
	leaveOneOut := func(i int) (weights, means []float64) {
		p := real[i]
		if len(p.weights) < 2 {
			return nil, nil
		}
		for k := range p.weights {
			means = append(means, mean(slices.Delete(slices.Clone(p.weights), k, k+1)))
		}
		return p.weights, means
	}
	made := func(i int) (weights, means []float64) {
		for _, r := range spread {
			weights, means = append(weights, store[i].mean*(1+r)), append(means, store[i].mean)
		}
		return weights, means
	}
	const most = 0.05
	check := func(name, kind string, all []weighed, units func(int) ([]float64, []float64)) {
		predicted, actual, n := rates(all, kind, units)
		t.Logf("| %s | %d | %.1f %% | %.1f %% |", name, n, 100*predicted, 100*actual)
		if math.Abs(predicted-actual) > most {
			t.Errorf("%s: %.3f predicted, %.3f are", name, predicted, actual)
		}
	}
	check("AIM3S, 81 products on one bay", "store", real, leaveOneOut)
	check("AIM3S, a bay a shelf", "shelf", real, leaveOneOut)
	check("AIM3S, a bay for the plates of each product", "plate", real, leaveOneOut)
	check(fmt.Sprintf("AiFi, %d products on one bay", len(store)), "store", store, made)
	for _, bays := range []int{10, 40} {
		for i := range store {
			store[i].places[fmt.Sprintf("%d bays: %d", bays, i%bays)] = true
		}
		check(fmt.Sprintf("AiFi, dealt to %d bays", bays), fmt.Sprintf("%d bays", bays), store, made)
	}
}
