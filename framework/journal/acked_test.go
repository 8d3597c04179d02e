package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// killed is what a journal leaves on the disk whose writer was killed: the file, SQLite's log and the note of what was
// acknowledged.
func killed(t *testing.T) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	j, err := Open(filepath.Join(dir, "journal.db"), &Options{ID: ID{2}, Store: "till"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for n := range 5 {
		fill(t, j, 3)
		if n == 2 {
			if err := j.Snapshot(5, []byte("fold to 5")); err != nil {
				t.Fatal(err)
			}
		}
	}
	files := map[string][]byte{}
	for _, name := range []string{"journal.db", "journal.db-wal", "journal.db" + ackedSuffix} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}

// laid puts files into a folder of their own and gives the journal's path.
func laid(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "journal.db")
}

// reopened is all that a host finds that goes on with a journal.
func reopened(path string) (string, error) {
	j, err := Open(path, nil)
	if err != nil {
		return "", err
	}
	defer j.Close()
	var all strings.Builder
	rep, err := j.Verify(context.Background(), func(e Entry) error {
		fmt.Fprintf(&all, "%d %v %x %x\n", e.Seq, e.At, e.Body, e.Hash)
		return nil
	}, func(seq uint64, state []byte) error {
		fmt.Fprintf(&all, "state %d %x\n", seq, state)
		return nil
	})
	fmt.Fprintf(&all, "%+v", rep)
	return all.String(), err
}

// A bit that rotted in SQLite's log is never taken for the log's end: a host that goes on finds all that was
// acknowledged, or is told. (FD6)
func TestFlippedBitsInTheLog(t *testing.T) {
	files := killed(t)
	want, err := reopened(laid(t, files))
	if err != nil {
		t.Fatal(err)
	}
	step := 1499 // bytes to the next flip
	switch {
	case os.Getenv("AISLE_LONG") != "":
		step = 7
	case testing.Short():
		step = 1 << 14
	}
	var found, harmless int
	for _, name := range []string{"journal.db", "journal.db-wal", "journal.db" + ackedSuffix} {
		clean := files[name]
		for at := 0; at < len(clean); at++ {
			telling := false // by which the log's end is known: 32 bytes before all, 24 before each page
			switch {
			case strings.HasSuffix(name, "-wal"):
				telling = at < 32 && at%4 == 0 || at >= len(clean)-2*frame && (at-32)%frame < 24 && (at-32)%frame%4 == 0
			case strings.HasSuffix(name, ackedSuffix):
				telling = at%16 == 0
			}
			if at%step != 0 && !telling {
				continue
			}
			dirty := append([]byte{}, clean...)
			dirty[at] ^= 1 << (at % 8)
			files[name] = dirty
			path := laid(t, files)
			got, err := reopened(path)
			switch {
			case err != nil:
				found++
				if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s, byte %d: %v", name, at, err)
				}
			case got != want:
				t.Fatalf("%s, byte %d of %d: other contents, and no error", name, at, len(clean))
			default:
				harmless++
			}
			if err := os.RemoveAll(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}
		files[name] = clean
	}
	if found < harmless/20 || harmless == 0 {
		t.Errorf("%d flips were found, %d harmless", found, harmless)
	}
}

// The note is beside the journal and says what is missing; nothing else is asked of it.
func TestAcknowledgedIsMissed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(files, older map[string][]byte)
		says   string // empty where it opens
	}{
		{"as it was", func(_, _ map[string][]byte) {}, ""},
		{"no log, in which all of it was", func(f, _ map[string][]byte) { delete(f, "journal.db-wal") }, "it is empty or missing, and 15 records"},
		{"nothing but the note", func(f, _ map[string][]byte) { delete(f, "journal.db-wal"); delete(f, "journal.db") }, "it is empty or missing, and 15 records"},
		{"nothing", func(f, _ map[string][]byte) { clear(f) }, ""},
		{"older copy", func(f, older map[string][]byte) {
			f["journal.db"] = older["journal.db"]
			delete(f, "journal.db-wal")
		}, "records up to 15 were acknowledged"},
		{"older copy with its note", func(f, older map[string][]byte) {
			clear(f)
			for name, b := range older {
				f[name] = b
			}
		}, ""},
		{"no note", func(f, _ map[string][]byte) { delete(f, "journal.db"+ackedSuffix) }, ""},
		{"empty note", func(f, _ map[string][]byte) { f["journal.db"+ackedSuffix] = nil }, ""},
		{"half a note", func(f, _ map[string][]byte) {
			f["journal.db"+ackedSuffix] = f["journal.db"+ackedSuffix][:ackedSize/2]
		}, ""},
		{"the note of another journal", func(f, _ map[string][]byte) {
			other := acked{path: filepath.Join(t.TempDir(), "note"), id: ID{3}}
			other.note(tail{Seq: 99})
			b, err := os.ReadFile(other.path)
			if err = errors.Join(err, other.close()); err != nil {
				t.Fatal(err)
			}
			f["journal.db"+ackedSuffix] = b
		}, ""},
		{"another end", func(f, _ map[string][]byte) {
			other := acked{path: filepath.Join(t.TempDir(), "note"), id: ID{2}}
			other.note(tail{Seq: 15, Marks: 1})
			b, err := os.ReadFile(other.path)
			if err = errors.Join(err, other.close()); err != nil {
				t.Fatal(err)
			}
			f["journal.db"+ackedSuffix] = b
		}, "does not end in the record"},
		{"a snapshot less", func(f, _ map[string][]byte) {
			other := acked{path: filepath.Join(t.TempDir(), "note"), id: ID{2}}
			other.note(tail{Seq: 15, Marks: 2})
			b, err := os.ReadFile(other.path)
			if err = errors.Join(err, other.close()); err != nil {
				t.Fatal(err)
			}
			f["journal.db"+ackedSuffix] = b
		}, "it has 1 snapshots, and 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files, older := killed(t), closedAt(t, 6)
			c.change(files, older)
			path := laid(t, files)
			_, err := reopened(path)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path+ackedSuffix)):
				t.Errorf("it says %v", err)
			}
			if !strings.HasPrefix(c.says, "records") {
				return
			}
			r, err := OpenReadOnly(path) // it can be looked at all the same
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := r.Verify(t.Context(), nil, nil); !errors.Is(err, ErrDamaged) {
				t.Errorf("verify says %v", err)
			}
		})
	}
}

// closedAt is a journal of the same identity that was closed after some entries.
func closedAt(t *testing.T, entries int) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	j, err := Open(filepath.Join(dir, "journal.db"), &Options{ID: ID{2}, Store: "till"})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, j, entries)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"journal.db", "journal.db" + ackedSuffix} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = b
	}
	return files
}
