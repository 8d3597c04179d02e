package storefile

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func seeds(f *testing.F) {
	for _, pattern := range []string{"testdata/*.hcl", "internal/corpus/bad/*.hcl", "testdata/good/*.hcl", "../../examples/*/*.hcl"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src)
		}
	}
	f.Add([]byte(untidy))
	f.Add([]byte("\ufeffzone \"x\" {}"))
	f.Add([]byte("a = <<E\n${\"%{if true}x%{endif}\"}\nE\n"))
}

// FuzzLoad: no file makes Load panic, and every problem has a form.
func FuzzLoad(f *testing.F) {
	seeds(f)
	base, err := os.ReadFile("testdata/base.hcl")
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "base.hcl"), base, 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		write(t, dir, "fuzz.hcl", string(src))
		d, ps := Load(dir, &Options{Schemas: acme{}, Vars: map[string]string{"recording": "testdata/good/data"}})
		for _, p := range ps {
			if p.Summary == "" || len([]rune(p.Summary)) > maxSummary || p.Code == "" {
				t.Errorf("%+v", p)
			}
		}
		if err := Print(io.Discard, ps, true); err != nil {
			t.Error(err)
		}
		if _, err := json.Marshal(ps); err != nil {
			t.Error(err)
		}
		for _, dev := range d.Store.Devices {
			d.Locate(dev.Address, "antenna[1].power")
		}
		if _, err := json.Marshal(d.Store); err != nil && !ps.HasErrors() {
			t.Error(err)
		}
	})
}

// FuzzFormat: what is formatted stays formatted.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		once, ps := Format("x.hcl", src)
		if ps.HasErrors() {
			return
		}
		twice, ps := Format("x.hcl", once)
		if ps.HasErrors() || !bytes.Equal(once, twice) {
			t.Errorf("%v\nonce:  %q\ntwice: %q", ps, once, twice)
		}
	})
}
