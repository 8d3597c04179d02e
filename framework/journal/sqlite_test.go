package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a ? odd % name #1", "journal.db")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	j, err := Open(path, &Options{Store: "lisbon_12"})
	if err != nil {
		t.Fatal(err)
	}
	id := j.ID()
	if id == (ID{}) {
		t.Error("no identity")
	}
	fill(t, j, 20)
	_, hash := j.Head()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a clean close leaves the log behind: %v", err)
	}
	j = openAt(t, path)
	if seq, again := j.Head(); seq != 20 || again != hash || j.ID() != id || j.Store() != "lisbon_12" {
		t.Errorf("head %d, store %q", seq, j.Store())
	}
	fill(t, j, 20)
	if r, err := j.Verify(context.Background(), nil, nil); err != nil || r.Records != 40 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestSettings(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "journal.db")).(*log)
	conn := l.b.(*sqliteDB).writer.conn
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "wal_autocheckpoint": "0"} {
		var got string
		if err := conn.QueryRowContext(context.Background(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, not %s: %v", pragma, got, want, err)
		}
	}
	if _, err := l.b.(*sqliteDB).reads.Exec(`DELETE FROM entry`); err == nil {
		t.Error("a reader can write")
	}
}

func TestSecondWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openAt(t, path)
	_, err := Open(path, nil)
	var inUse *InUseError
	if !errors.Is(err, ErrInUse) || !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("journal %s is in use by process %d", path, os.Getpid()); err.Error() != want {
		t.Errorf("%q is not %q", err, want)
	}
	if err := Free(path); err == nil || !errors.As(err, &inUse) || inUse.PID != os.Getpid() {
		t.Errorf("free although somebody writes: %v", err)
	}
	fill(t, j, 1)
	j.Close()
	if err := Free(path); err != nil {
		t.Error(err)
	}
	fill(t, openAt(t, path), 1)
	none := filepath.Join(t.TempDir(), "none", "journal.db")
	if err := Free(none); err != nil {
		t.Errorf("a journal that is not there: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(none)); err == nil {
		t.Error("to look made the folder")
	}
}

func TestStoreName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if _, err := Open(path, &Options{Store: strings.Repeat("x", MaxStoreName+1)}); !errors.Is(err, ErrLimit) {
		t.Fatal(err)
	}
	name := strings.Repeat("x", MaxStoreName)
	j, err := Open(path, &Options{Store: name, ID: ID{1}})
	if err != nil {
		t.Fatal(err)
	}
	if j.ID() != (ID{1}) {
		t.Error("the ID given was not taken")
	}
	j.Close()
	if _, err := Open(path, &Options{Store: "other"}); !errors.Is(err, ErrForeign) {
		t.Fatal(err)
	}
	openAt(t, path)
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if _, err := OpenReadOnly(path); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("reading made a file")
	}
	j := openAt(t, path)
	for _, inUse := range []bool{true, false} {
		fill(t, j, 3)
		head, hash := j.Head()
		if !inUse {
			j.Close()
		}
		r, err := OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		if seq, h := r.Head(); seq != head || h != hash || r.ID() != j.ID() {
			t.Errorf("in use %v: head %d", inUse, seq)
		}
		if rep, err := r.Verify(context.Background(), nil, nil); err != nil || rep.Records != head {
			t.Errorf("in use %v: %+v, %v", inUse, rep, err)
		}
		w := r.(Journal)
		if _, err := w.Append(drafts(head, 1)); !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
		if err := w.Snapshot(1, nil); !errors.Is(err, ErrReadOnly) {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A reader that waits learns that there is nothing to wait for any more.
func TestWaitOnBrokenFile(t *testing.T) {
	path := sample(t)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	doctor(t, path, `DELETE FROM head`)
	if err := r.Wait(context.Background(), sampleEntries); !errors.Is(err, ErrDamaged) {
		t.Errorf("wait: %v", err)
	}
	if seq, _ := r.Head(); seq != sampleEntries {
		t.Errorf("head is %d", seq)
	}
}

// A journal that cannot grow refuses the group and goes on when there is space.
func TestFull(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "journal.db")).(*log)
	fill(t, l, 3)
	limit := func(pages int) {
		t.Helper()
		if _, err := l.b.(*sqliteDB).writer.conn.ExecContext(context.Background(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes the present size if that is more
	noise := make([]byte, 100<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // does not compress; never fails
	big := []Draft{{At: epoch, Body: noise}}
	for range 2 {
		if _, err := l.Append(big); !errors.Is(err, ErrFull) || errors.Is(err, ErrFailed) {
			t.Fatal(err)
		}
		if err := l.Snapshot(3, noise); !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
	}
	if seq, _ := l.Head(); seq != 3 {
		t.Fatalf("head is %d", seq)
	}
	limit(1 << 30)
	if _, err := l.Append(big); err != nil {
		t.Fatal(err)
	}
	if r, err := l.Verify(context.Background(), nil, nil); err != nil || r.Records != 4 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// The write-ahead log does not grow without end, and no reader is needed for that.
func TestCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openAt(t, path)
	const size = 1 << 20
	for range 40 {
		if _, err := j.Append([]Draft{{At: epoch, Body: make([]byte, size)}}); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := os.Stat(path + "-wal"); err != nil || s.Size() > 3*checkpointAfter {
		t.Fatalf("%d bytes, %v", s.Size(), err)
	}
	if s, err := os.Stat(path); err != nil || s.Size() < 30*size {
		t.Fatalf("%d bytes, %v", s.Size(), err)
	}
}

// A failed checkpoint stops the writes after it.
func TestBrokenCheckpointIsFinal(t *testing.T) {
	l := openAt(t, filepath.Join(t.TempDir(), "journal.db")).(*log)
	fill(t, l, 1)
	l.b.(*sqliteDB).writer.broken = errors.New("sync failed")
	_, first := l.Append(drafts(1, 1))
	if !errors.Is(first, ErrFailed) {
		t.Fatal(first)
	}
	l.b.(*sqliteDB).writer.broken = nil
	if _, err := l.Append(drafts(1, 1)); err != first {
		t.Fatal(err)
	}
}

// Files that are not a journal, or not one of ours, are refused by name and left as they were.
func TestRefused(t *testing.T) {
	sqlFile := func(stmts ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) { doctor(t, path, stmts...) }
	}
	journalAnd := func(stmts ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			j := openAt(t, path)
			fill(t, j, 3)
			j.Close()
			doctor(t, path, stmts...)
		}
	}
	for _, c := range []struct {
		name string
		make func(*testing.T, string)
		code error
		says string
	}{
		{"text", func(t *testing.T, p string) {
			if err := os.WriteFile(p, []byte(strings.Repeat("not a database ", 99)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrDamaged, "SQLite"},
		{"other database", sqlFile(`CREATE TABLE x (a)`), ErrDamaged, "not a journal"},
		{"newer", journalAnd(fmt.Sprintf(`PRAGMA user_version = %d`, Format+1)), ErrNewer, "use a newer program"},
		{"format 0", journalAnd(`PRAGMA user_version = 0`), ErrDamaged, "format 0"},
		{"no application id", journalAnd(`PRAGMA application_id = 0`), ErrDamaged, "not a journal"},
		{"trigger", journalAnd(`CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM entry WHERE seq = 1; END`), ErrDamaged, "schema"},
		{"other table", journalAnd(`DROP INDEX mark_after`, `CREATE INDEX other ON mark (after)`), ErrDamaged, "schema"},
		{"no identity", journalAnd(`DELETE FROM meta`), ErrDamaged, "identity"},
		{"short identity", journalAnd(`UPDATE meta SET id = x'00'`), ErrDamaged, "identity"},
		{"no head", journalAnd(`DELETE FROM head`), ErrDamaged, "head is missing"},
		{"short head", journalAnd(`UPDATE head SET hash = x'00'`), ErrDamaged, "head"},
		{"head moved back", journalAnd(`UPDATE head SET seq = 2`), ErrDamaged, "head"},
		{"last entry gone", journalAnd(`DELETE FROM entry WHERE seq = 3`), ErrDamaged, "at 3"},
		{"last entry changed", journalAnd(`UPDATE entry SET body = x'00' WHERE seq = 3`), ErrDamaged, "at 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			c.make(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(path, nil)
			if !errors.Is(err, c.code) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("%v", err)
			}
			if after, _ := os.ReadFile(path); string(after) != string(before) {
				t.Error("the file was changed")
			}
			if _, err := Open(path, nil); !errors.Is(err, c.code) {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

// A lost state does not keep a journal from being opened: there is the snapshot before, and the entries.
func TestOpenWithoutState(t *testing.T) {
	path := sample(t)
	doctor(t, path, `DELETE FROM state`)
	j := openAt(t, path)
	fill(t, j, 1)
	if _, _, ok, err := j.LatestSnapshot(); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// doctor runs statements on the file, as someone with the sqlite3 shell would.
func doctor(t interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}, path string, stmts ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range stmts {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
