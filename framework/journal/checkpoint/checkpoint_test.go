package checkpoint_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

func written(t *testing.T, bodies ...string) journal.Journal {
	t.Helper()
	j := journal.Memory()
	for i, b := range bodies {
		if _, err := j.Append([]journal.Draft{{At: time.Unix(int64(i), 0), Body: []byte(b)}}); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func opened(t *testing.T, path string, j journal.Reader) (f *checkpoint.File, discarded error) {
	t.Helper()
	f, discarded, err := checkpoint.Open(path, j)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, discarded
}

func TestSavedIsLoaded(t *testing.T) {
	path, j := filepath.Join(t.TempDir(), "checkpoints.db"), written(t, "a", "b", "c")
	f, discarded := opened(t, path, j)
	r := f.Reader("view")
	if _, _, err := r.Load(); discarded != nil || !errors.Is(err, checkpoint.ErrNone) {
		t.Fatalf("%v, %v", discarded, err)
	}
	for _, v := range []string{"old", "new"} {
		if err := r.Save(2, []byte(v), []checkpoint.Value{{Keys: []string{"k"}, Body: []byte(v)}, {Keys: []string{v, "also " + v}, Body: nil}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Save(4, nil, nil); !errors.Is(err, checkpoint.ErrForeign) {
		t.Errorf("past the end: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f, _ = opened(t, path, j)
	r = f.Reader("view")
	seq, body, err := r.Load()
	if k, kErr := r.Get("k"); seq != 2 || string(body) != "new" || err != nil || string(k) != "new" || kErr != nil {
		t.Errorf("%d %q %v, %q %v", seq, body, err, k, kErr)
	}
	if b, err := f.Reader("book").Get("k"); b != nil || err != nil {
		t.Errorf("another reader's: %q %v", b, err)
	}
	if err := r.Forget(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Load(); !errors.Is(err, checkpoint.ErrNone) {
		t.Errorf("forgotten: %v", err)
	}
}

// TestRefused: nobody goes on with what was changed, or is of another journal.
func TestRefused(t *testing.T) {
	path, j := filepath.Join(t.TempDir(), "checkpoints.db"), written(t, "a", "b")
	f, _ := opened(t, path, j)
	if err := f.Reader("view").Save(2, []byte("state"), []checkpoint.Value{{Keys: []string{"k"}, Body: []byte("value")}}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]journal.Journal{"another": written(t, "a", "x"), "shorter": written(t, "a")} {
		f, _ := opened(t, path, other)
		if _, _, err := f.Reader("view").Load(); !errors.Is(err, checkpoint.ErrForeign) {
			t.Errorf("%s journal: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`UPDATE point SET body = CAST('other' AS BLOB)`, `UPDATE page SET body = CAST('other' AS BLOB)`} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	f, _ = opened(t, path, j)
	if _, _, err := f.Reader("view").Load(); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("changed: %v", err)
	}
	if b, err := f.Reader("view").Get("k"); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("changed value: %q, %v", b, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, discarded := opened(t, path, j); discarded == nil {
		t.Error("a file of another format was gone on with")
	}
}
