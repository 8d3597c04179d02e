package checkpoint_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

// TestManyAreFound: whatever was merged, each key leads to what was kept last under
// it, after the file was opened again, too; and nothing is found that was not kept.
func TestManyAreFound(t *testing.T) {
	path, j := filepath.Join(t.TempDir(), "checkpoints.db"), written(t, "a")
	f, _ := opened(t, path, j)
	const saves, each = 72, 6 // 80 runs: merged at both levels
	want := map[string]string{}
	for s := range saves {
		var values []checkpoint.Value
		for i := range each {
			body := fmt.Sprintf("%d of %d", i, s)
			keys := []string{fmt.Sprint("own ", s, i), fmt.Sprint("again ", i), fmt.Sprint("third ", s%7, i)}
			values = append(values, checkpoint.Value{Keys: keys, Body: []byte(body)})
			for _, k := range keys {
				want[k] = body
			}
		}
		if err := f.Reader("sales").Save(1, nil, values); err != nil {
			t.Fatal(err)
		}
		if err := f.Reader("book").Save(1, nil, []checkpoint.Value{{Keys: []string{"again 0"}, Body: []byte("the book's")}}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		for k, is := range want {
			if b, err := f.Reader("sales").Get(k); err != nil || string(b) != is {
				t.Fatalf("%s: %q, %v; want %q", k, b, err, is)
			}
		}
		if b, err := f.Reader("sales").Get("own"); b != nil || err != nil {
			t.Errorf("nobody's: %q, %v", b, err)
		}
		if b, err := f.Reader("book").Get("again 0"); string(b) != "the book's" || err != nil {
			t.Errorf("the book's: %q, %v", b, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		f, _ = opened(t, path, j)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var runs int
	if err := db.QueryRow(`SELECT count(DISTINCT run) FROM chunk WHERE reader = 'sales'`).Scan(&runs); err != nil || runs > 16 {
		t.Errorf("%d runs of %d saves: %v", runs, saves, err)
	}
	if err := f.Reader("sales").Forget(); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Reader("sales").Get("again 0"); b != nil || err != nil {
		t.Errorf("forgotten: %q, %v", b, err)
	}
	if b, err := f.Reader("book").Get("again 0"); string(b) != "the book's" || err != nil {
		t.Errorf("the book's, with another forgotten: %q, %v", b, err)
	}
}

// TestChangedIndexIsDamage: a key that can't be looked up is no key that is not there.
func TestChangedIndexIsDamage(t *testing.T) {
	path, j := filepath.Join(t.TempDir(), "checkpoints.db"), written(t, "a")
	f, _ := opened(t, path, j)
	if err := f.Reader("sales").Save(1, nil, []checkpoint.Value{{Keys: []string{"k"}, Body: []byte("v")}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{`UPDATE chunk SET body = CAST(zeroblob(8) || substr(body, 9) AS BLOB)`, `UPDATE chunk SET body = zeroblob(5)`} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
		f, _ := opened(t, path, j)
		if b, err := f.Reader("sales").Get("k"); !errors.Is(err, checkpoint.ErrDamaged) {
			t.Errorf("%s: %q, %v", s, b, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
