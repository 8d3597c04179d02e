package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/hcl/storefile/storefilebench"
)

// What is planned, and how long it may take.
const (
	planStores       = 1000
	limitPlanFleet   = 5 * time.Second
	limitPlanOne     = 300 * time.Millisecond
	planDevices      = 100
	planProducts     = 1000
	planStay         = 30
	millisecondsUnit = "ms"
	// planRounds is how often the larger store is planned; the median counts.
	planRounds = 5
)

// BenchPlan measures how long it takes to plan each store of a fleet, one store
// of it by itself, and one larger store: the files are read again, checked with
// the schemas at hand, and compared with the definition that was adopted. The
// definitions adopted are in memory, as they are in a running store.
func BenchPlan(w func(BenchResult)) error { return benchPlan(w, planStores, planDevices, planProducts) }

func benchPlan(w func(BenchResult), stores, devices, products int) error {
	dir, err := os.MkdirTemp("", "aisle-bench-plan-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := planFleet(w, filepath.Join(dir, "fleet"), stores); err != nil {
		return err
	}
	return planLarge(w, filepath.Join(dir, "store"), devices, products)
}

// planFleet adopts all stores of a fleet, changes the stay of each, and plans.
func planFleet(w func(BenchResult), dir string, stores int) error {
	if err := storefilebench.GenerateFleet(dir, stores, planStay); err != nil {
		return err
	}
	adopted := map[string]storedef.Store{}
	if err := eachOfFleet(dir, func(id string, s storedef.Store) error {
		adopted[id] = s
		return nil
	}); err != nil {
		return err
	}
	if err := storefilebench.GenerateFleet(dir, stores, planStay+1); err != nil {
		return err
	}
	start, last := time.Now(), ""
	if err := eachOfFleet(dir, func(id string, s storedef.Store) error {
		last = id
		return planned(adopted[id], s, "entry")
	}); err != nil {
		return err
	}
	w(planRow(fmt.Sprintf("hcl.plan fleet of %d stores", len(adopted)), time.Since(start), limitPlanFleet))
	start = time.Now()
	d, ps := storefile.Load(dir, &storefile.Options{Store: last, Schemas: storefilebench.Vendor()})
	if err := ps.Err(); err != nil {
		return err
	}
	if err := planned(adopted[last], d.Store, "entry"); err != nil {
		return err
	}
	w(planRow("hcl.plan one store of that fleet", time.Since(start), limitPlanOne))
	return nil
}

// eachOfFleet reads all stores of a fleet.
func eachOfFleet(dir string, take func(id string, s storedef.Store) error) error {
	f, ps := storefile.LoadFleet(dir, nil)
	if err := ps.Err(); err != nil {
		return err
	}
	for _, s := range f.Stores {
		d, ps := storefile.Load(s.Dir, s.Options(&storefile.Options{Schemas: storefilebench.Vendor()}))
		if err := ps.Err(); err != nil {
			return err
		}
		if err := take(s.ID, d.Store); err != nil {
			return err
		}
	}
	return nil
}

// planLarge adopts a store, adds a zone, and plans.
func planLarge(w func(BenchResult), dir string, devices, products int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if err := storefilebench.Generate(dir, devices, products); err != nil {
		return err
	}
	load := func() (storedef.Store, error) {
		d, ps := storefile.Load(dir, &storefile.Options{Schemas: storefilebench.Vendor()})
		return d.Store, ps.Err()
	}
	adopted, err := load()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "more.hcl"), []byte("zone \"more\" {}\n"), 0o600); err != nil {
		return fmt.Errorf("change the store: %w", err)
	}
	var took []time.Duration
	for range planRounds {
		start := time.Now()
		now, err := load()
		if err != nil {
			return err
		}
		if err := planned(adopted, now, "zone.more"); err != nil {
			return err
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	w(planRow(fmt.Sprintf("hcl.plan %d devices %d products", devices, products), took[len(took)/2], limitPlanOne))
	return nil
}

// planned plans, and checks that the one thing that changed is found.
func planned(adopted, now storedef.Store, address string) error {
	var p control.Plan
	if err := planBetween(&p, adopted, now); err != nil {
		return err
	}
	if len(p.Steps) != 1 || p.Steps[0].Address != address || p.Index == "" {
		return fmt.Errorf("the plan has not the one step that was made, %s: %+v", address, p.Steps)
	}
	return nil
}

func planRow(name string, took, limit time.Duration) BenchResult {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return BenchResult{Name: name, Value: ms(took), Unit: millisecondsUnit, Limit: ms(limit), Ratio: float64(took) / float64(limit)}
}
