package wire_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/openaisle/aisle/sdk/internal/wire"
)

// The clock of a bubble stands still while somebody looks, unless he sleeps.
func TestLookout(t *testing.T) {
	const waits = 10_000
	there := func() bool { return true }
	never := func() bool { return false }
	soon := func() func() bool {
		n := 0
		return func() bool { n++; return n%3 == 0 }
	}
	late := func() func() bool {
		n := 0
		return func() bool {
			n++
			if n%2 == 0 {
				time.Sleep(51 * time.Microsecond)
			}
			return n%2 == 0
		}
	}
	for name, c := range map[string]struct {
		something   func() bool
		least, most uint64
	}{
		"there already": {there, 0, 0},
		"soon":          {soon(), waits, waits},
		"too late":      {late(), 32, waits / 20},
		"never":         {never, 32, waits / 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l wire.Lookout
				for range waits {
					l.Look(c.something)
				}
				if n := l.Looks(); n < c.least || n > c.most {
					t.Errorf("%d looks in %d waits, want %d to %d", n, waits, c.least, c.most)
				}
			})
		})
	}
}

// Where it did not pay it is tried again, and pays again.
func TestLookoutTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l wire.Lookout
		asked, pays := 0, false
		something := func() bool { asked++; return pays && asked%2 == 0 }
		for range 10_000 {
			l.Look(something)
		}
		pays, asked = true, 0
		for range 1_100 { // more than it rests at the most
			l.Look(something)
		}
		before := l.Looks()
		for range 1_000 {
			l.Look(something)
		}
		if n := l.Looks() - before; n != 1_000 {
			t.Errorf("%d looks in 1,000 waits that pay", n)
		}
	})
}

// A look asks a bounded number of times, however little time passes.
func TestLookoutIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l wire.Lookout
		asked := 0
		l.Look(func() bool { asked++; return false })
		if asked < 2 || asked > 201 {
			t.Errorf("asked %d times", asked)
		}
	})
}
