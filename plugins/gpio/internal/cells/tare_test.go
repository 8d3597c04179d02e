package cells

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
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
