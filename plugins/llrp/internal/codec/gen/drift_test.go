package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDrift: what is committed is what the definitions make.
func TestDrift(t *testing.T) {
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the definition of LLRP is not here")
	}
	files, err := generate(filepath.Join(root, "vectors", "llrp", "ltk"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		committed, err := os.ReadFile(filepath.Join("..", f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(committed, f.text) {
			t.Errorf("%s is not what the definitions make: go run ./%s/gen", f.name, folder)
		}
	}
}
