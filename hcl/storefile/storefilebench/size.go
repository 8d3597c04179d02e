package storefilebench

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/storefile"
)

// The figures that are to be reached.
const (
	limitValidate = time.Second
	limitFleet    = 5 * time.Second
	// fleetStores is how many stores the fleet has.
	fleetStores = 1000
	// fewDevices and manyDevices are the ends of the growth, and limitGrowth
	// how much more than in proportion it may be.
	fewDevices, manyDevices = 100, 10_000
	limitGrowth             = 1.2
)

// grown measures stores of few and of many devices and gives how much more
// than in proportion the larger takes. Each round reads the small one as often
// as it goes into the large one, so that both are measured over the same time.
func grown(w func(Result), few, many, rounds int) error {
	var dirs [2]string
	for i, n := range []int{few, many} {
		dir, err := os.MkdirTemp("", "aisle-bench-hcl-")
		if err != nil {
			return fmt.Errorf("bench hcl: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if err := Generate(dir, n, n); err != nil {
			return err
		}
		dirs[i] = dir
	}
	var all []float64
	for range rounds {
		small, err := median(1, func() error {
			for range many / few {
				if err := loadOnce(dirs[0], few, few); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		large, err := median(1, func() error { return loadOnce(dirs[1], many, many) })
		if err != nil {
			return err
		}
		all = append(all, float64(large)/float64(small)*float64(many/few))
	}
	slices.Sort(all)
	w(ratio(fmt.Sprintf("hcl.growth %d to %d devices", few, many), "x", all[len(all)/2], limitGrowth*float64(many)/float64(few)))
	return nil
}

// allocated gives what one load allocates in all, in MiB.
func allocated(load func() error) (float64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := load()
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / (1 << 20), err
}

// fleet measures all stores of a fleet of which each is one folder with values
// of its own.
func fleet(w func(Result), stores int) error {
	dir, err := os.MkdirTemp("", "aisle-bench-hcl-")
	if err != nil {
		return fmt.Errorf("bench hcl: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := GenerateFleet(dir, stores, 30); err != nil {
		return err
	}
	start := time.Now()
	f, ps := storefile.LoadFleet(dir, nil)
	if err := ps.Err(); err != nil {
		return fmt.Errorf("bench hcl: %w", err)
	}
	for _, s := range f.Stores {
		if _, ps := storefile.Load(s.Dir, s.Options(&storefile.Options{Schemas: vendor{}})); ps.HasErrors() {
			return fmt.Errorf("bench hcl: %w", ps.Err())
		}
	}
	w(ratio(fmt.Sprintf("hcl.validate fleet of %d stores", len(f.Stores)), "ms", milliseconds(time.Since(start)), milliseconds(limitFleet)))
	return nil
}

// fleetProducts and fleetDevices are those of each store of the fleet.
const (
	fleetProducts = 40
	fleetDevices  = 12
)

// GenerateFleet writes a fleet of so many stores: one folder, and for each store
// its own longest stay, stay minutes in the first, one more in the next, up to an
// hour more.
func GenerateFleet(dir string, stores, stay int) error {
	shop := filepath.Join(dir, "shop")
	if err := os.MkdirAll(shop, 0o750); err != nil {
		return fmt.Errorf("generate a fleet: %w", err)
	}
	if err := Generate(shop, fleetDevices, fleetProducts); err != nil {
		return err
	}
	var table strings.Builder
	table.WriteString("id,stay\n")
	for i := range stores {
		fmt.Fprintf(&table, "store_%d,%dm\n", i, stay+i%60)
	}
	for name, text := range map[string]string{
		"stores.csv":      table.String(),
		"chain.fleet.hcl": "store \"shop\" {\n  for_each = { for s in csvdecode(file(\"stores.csv\")) : s.id => s }\n  source   = \"./shop\"\n  values   = { stay = each.value.stay }\n}\n",
		"shop/own.hcl":    "variable \"store_id\" {}\nvariable \"stay\" {}\nentry {\n  max_stay = var.stay\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("generate a fleet: %w", err)
		}
	}
	return nil
}
