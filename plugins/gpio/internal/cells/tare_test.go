package cells

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// What is kept is read again, and what can't be kept leaves the one before.
func TestTaresAreKept(t *testing.T) {
	folder := t.TempDir()
	a, err := readTares(folder, "weight_shelf.wall")
	if err != nil {
		t.Fatal(err)
	}
	a, err = a.with(1, 345*measure.Gram)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = a.with(2, -5*measure.Gram); err != nil {
		t.Fatal(err)
	}
	b, err := readTares(folder, "weight_shelf.wall")
	if err != nil || len(b.masses) != 2 || b.masses[1] != 345*measure.Gram || b.masses[2] != -5*measure.Gram {
		t.Errorf("%+v, %v", b.masses, err)
	}
	if other, err := readTares(folder, "weight_shelf.other"); err != nil || len(other.masses) != 0 {
		t.Errorf("another shelf: %+v, %v", other.masses, err)
	}
	files, _ := os.ReadDir(folder)
	if len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if same, err := b.with(1, 0); err == nil || same.masses[1] != 345*measure.Gram {
		t.Errorf("kept in no folder: %+v, %v", same.masses, err)
	}
}

// A file that is not what was written is told, with what to do: a zero is not guessed.
func TestDamagedTares(t *testing.T) {
	folder := t.TempDir()
	for _, text := range []string{"", "null", "[]", `{"1":345`, strings.Repeat(" ", maxTares+1)} {
		if err := os.WriteFile(filepath.Join(folder, "s.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readTares(folder, "s"); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "tare the shelf again") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := readTares(filepath.Join(folder, "none"), "s"); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("no folder: %v", err)
	}
}

func TestSigned(t *testing.T) {
	for bits, want := range map[uint32]int32{0: 0, 0x7FFFFF: MaxRaw, 0x800000: MinRaw, 0xFFFFFF: -1, 0xFFFFFE: -2} {
		if got := Signed(bits); got != want {
			t.Errorf("%#x is %d, want %d", bits, got, want)
		}
	}
}

// load is a converter of a cell with so many grams on it, ten steps each, and the noise that
// every converter has.
type load struct {
	grams atomic.Int32
	n     int32
}

func (l *load) Sample(ctx context.Context) (int32, error) {
	l.n++
	return l.grams.Load()*10 + l.n%3 - 1, Wait(ctx, 2*time.Millisecond)
}

func (l *load) Close() error { return nil }

// Samples don't wait for the disk that a tare is kept on: what changes meanwhile is reported,
// on the bay that is tared as well. Tares wait for one another, and none is lost.
func TestTareOnASlowDisk(t *testing.T) {
	folder := t.TempDir()
	loads := []*load{{}, {}}
	var bays []Bay
	for _, l := range loads {
		l.grams.Store(500)
		bays = append(bays, Bay{Scale: Scale{Grams: 0.1}, Open: func(context.Context) (Converter, error) { return l, nil }})
	}
	opened, err := Open(t.Context(), sdk.Env{Address: "s"}, Filter{MinChange: 10 * measure.Gram, Hold: 100 * time.Millisecond, Tare: folder}, bays)
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*tarer)
	writes, disk := make(chan struct{}, 2), make(chan struct{})
	s.tares.keep = func(path string, b []byte) error {
		writes <- struct{}{}
		<-disk
		return keep(path, b)
	}
	ctx, stop := context.WithCancel(t.Context())
	reports, ended := make(chan observe.Weight, 64), make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Run(ctx, func(w observe.Weight) { reports <- w })
	}()
	defer func() { stop(); <-ended }()
	stands := map[int]measure.Mass{}
	until := func(bay int, mass measure.Mass) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			if m, ok := stands[bay]; ok && (m-mass).Abs() < measure.Gram {
				return
			}
			select {
			case w := <-reports:
				stands[w.Bay] = w.Mass
			case <-late:
				t.Fatalf("bay %d never said %v: %v", bay, mass, stands)
			}
		}
	}
	until(1, 500*measure.Gram)
	until(2, 500*measure.Gram)

	tared := make(chan error, 2)
	go func() { tared <- s.Tare(t.Context(), 1) }()
	<-writes
	loads[1].grams.Store(200)
	until(2, 200*measure.Gram)
	loads[0].grams.Store(800)
	until(1, 800*measure.Gram) // as before: the tare is not kept yet
	go func() { tared <- s.Tare(t.Context(), 2) }()
	close(disk)
	for range 2 {
		if err := <-tared; err != nil {
			t.Fatal(err)
		}
	}
	until(1, 300*measure.Gram)
	until(2, 0)
	if b, err := readTares(folder, "s"); err != nil || (b.masses[1]-500*measure.Gram).Abs() > measure.Gram || (b.masses[2]-200*measure.Gram).Abs() > measure.Gram {
		t.Errorf("%+v, %v", b.masses, err)
	}
}
