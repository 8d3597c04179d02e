package checkpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

// TestReadOnlyStays: a reader beside the writer sees the file as it was.
func TestReadOnlyStays(t *testing.T) {
	path, j := filepath.Join(t.TempDir(), "checkpoints.db"), written(t, "a", "b", "c")
	if _, err := checkpoint.OpenReadOnly(path, j); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("without a file: %v", err)
	}
	f, _ := opened(t, path, j)
	save := func(seq uint64, body string) {
		t.Helper()
		if err := f.Reader("view").Save(seq, []byte(body), []checkpoint.Value{{Keys: []string{"k"}, Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
	}
	save(1, "old")
	ro, err := checkpoint.OpenReadOnly(path, j)
	if err != nil {
		t.Fatal(err)
	}
	save(2, "new")
	r := ro.Reader("view")
	seq, body, err := r.Load()
	if k, kErr := r.Get("k"); seq != 1 || string(body) != "old" || err != nil || string(k) != "old" || kErr != nil {
		t.Errorf("%d %q %v, %q %v", seq, body, err, k, kErr)
	}
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	if seq, _, err := f.Reader("view").Load(); seq != 2 || err != nil {
		t.Errorf("the writer's: %d %v", seq, err)
	}
}

// A path may be relative to the working folder, and have any characters.
func TestRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("da ta?#", 0o700); err != nil {
		t.Fatal(err)
	}
	path, j := filepath.Join("da ta?#", "checkpoints.db"), written(t, "a")
	if _, discarded := opened(t, path, j); discarded != nil {
		t.Fatal(discarded)
	}
	ro, err := checkpoint.OpenReadOnly(path, j)
	if err != nil {
		t.Fatal(err)
	}
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
