package journal

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The journal that tests tamper with: entries 1 to 50, snapshots at 10, 20, 30, 40 and 45 of which the first
// two have lost their states, the last taken at head 50.
const sampleEntries = 50

func sample(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(path, &Options{ID: ID{1}})
	if err != nil {
		t.Fatal(err)
	}
	for seq := uint64(10); seq <= sampleEntries; seq += 10 {
		fill(t, j, 10)
		at := seq
		if seq == sampleEntries {
			at = 45
		}
		if err := j.Snapshot(at, fmt.Appendf(nil, "fold to %d", at)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// verify verifies the file as the command does, and reads all of it as recovery does.
func verify(path string) error {
	r, err := OpenReadOnly(path)
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = r.Verify(context.Background(), nil, nil)
	return err
}

func TestTamper(t *testing.T) {
	forged, err := pack([]byte("fold to 99"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("fold to 99"))
	for _, c := range []struct {
		name string
		sql  string
		seq  uint64 // that the error names
	}{
		{"body", `UPDATE entry SET body = x'41' WHERE seq = 7`, 7},
		{"body emptied", `UPDATE entry SET body = x'' WHERE seq = 7`, 7},
		{"time", `UPDATE entry SET at = at + 1 WHERE seq = 7`, 7},
		{"hash", `UPDATE entry SET hash = zeroblob(32) WHERE seq = 7`, 7},
		{"hash cut", `UPDATE entry SET hash = zeroblob(31) WHERE seq = 7`, 7},
		{"seq", `UPDATE entry SET seq = 1000 WHERE seq = 7`, 7},
		{"seq below the first", `UPDATE entry SET seq = 0 WHERE seq = 1`, 1},
		{"delete first", `DELETE FROM entry WHERE seq = 1`, 1},
		{"delete one", `DELETE FROM entry WHERE seq = 7`, 7},
		{"delete one behind a snapshot", `DELETE FROM entry WHERE seq = 11`, 11},
		{"delete last", `DELETE FROM entry WHERE seq = 50`, 50},
		{"truncate", `DELETE FROM entry WHERE seq > 33`, 34},
		{"truncate with the snapshots", `DELETE FROM entry WHERE seq > 33; DELETE FROM mark WHERE after > 33; DELETE FROM state WHERE n > 3`, 34},
		{"delete all", `DELETE FROM entry`, 1},
		{"move the head back", `UPDATE head SET seq = 33`, 33},
		{"move the head back with its hash", `UPDATE head SET seq = 33, marks = 3, hash = (SELECT hash FROM entry WHERE seq = 33)`, 34},
		{"head's hash", `UPDATE head SET hash = zeroblob(32)`, 50},
		{"head's marks", `UPDATE head SET marks = 4`, 50},
		{"head's marks up", `UPDATE head SET marks = 6`, 50},
		{"swap bodies", `UPDATE entry SET body = (SELECT e.body FROM entry e WHERE e.seq = 15 - entry.seq) WHERE seq IN (7, 8)`, 7},
		{"swap rows", `UPDATE entry SET seq = -7 WHERE seq = 7; UPDATE entry SET seq = 7 WHERE seq = 9; UPDATE entry SET seq = 9 WHERE seq = -7`, 7},
		{"insert past the head", `INSERT INTO entry SELECT 51, at, body, hash FROM entry WHERE seq = 50`, 51},
		{"insert before the first", `INSERT INTO entry SELECT 0, at, body, hash FROM entry WHERE seq = 1`, 0},
		{"identity", `UPDATE meta SET id = x'02000000000000000000000000000000'`, 1},
		{"store", `UPDATE meta SET store = 'other'`, 1},
		{"state lost", `DELETE FROM state WHERE n = 4`, 40},
		{"state torn", `UPDATE state SET packed = substr(packed, 1, length(packed) - 3) WHERE n = 4`, 40},
		{"state swapped", `UPDATE state SET packed = (SELECT packed FROM state s WHERE s.n = 3) WHERE n = 4`, 40},
		{"state forged", fmt.Sprintf(`UPDATE state SET packed = x'%x' WHERE n = 4`, forged), 40},
		{"state and digest forged", fmt.Sprintf(`UPDATE state SET packed = x'%x' WHERE n = 4; UPDATE mark SET digest = x'%x' WHERE n = 4`, forged, digest), 40},
		{"state brought back", `INSERT INTO state SELECT 1, packed FROM state WHERE n = 3`, 50},
		{"mark lost", `DELETE FROM mark WHERE n = 2`, 21},
		{"newest mark lost", `DELETE FROM mark WHERE n = 5; DELETE FROM state WHERE n = 5`, 50},
		{"mark's seq", `UPDATE mark SET seq = 19 WHERE n = 2`, 19},
		{"mark's place", `UPDATE mark SET after = 21 WHERE n = 2`, 21},
		{"mark's size", `UPDATE mark SET size = size + 1 WHERE n = 2`, 20},
		{"mark's digest", `UPDATE mark SET digest = zeroblob(32) WHERE n = 2`, 20},
		{"mark's hash", `UPDATE mark SET hash = zeroblob(32) WHERE n = 2`, 20},
		{"mark past the head", `INSERT INTO mark SELECT 6, 50, 50, size, digest, hash FROM mark WHERE n = 5`, 50},
		{"mark before the first", `INSERT INTO mark SELECT 0, 1, 0, size, digest, hash FROM mark WHERE n = 5`, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := sample(t)
			if err := verify(path); err != nil {
				t.Fatalf("before: %v", err)
			}
			doctor(t, path, strings.Split(c.sql, ";")...)
			err := verify(path)
			var damage *DamageError
			if !errors.As(err, &damage) || !errors.Is(err, ErrDamaged) || damage.Seq != c.seq || damage.Path != path {
				t.Fatalf("want damage at %d, got %v", c.seq, err)
			}
		})
	}
}

// A forger who recomputes the hash of what he changed is found at the link after it.
func TestForgedHash(t *testing.T) {
	path := sample(t)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	es, err := r.Read(6, 2)
	r.Close()
	if err != nil {
		t.Fatal(err)
	}
	hash := (&linker{}).entry(es[0].Hash, 7, es[1].At.UnixNano(), []byte("forged"))
	doctor(t, path, fmt.Sprintf(`UPDATE entry SET body = x'%x', hash = x'%x' WHERE seq = 7`, "forged", hash))
	var damage *DamageError
	if err := verify(path); !errors.As(err, &damage) || damage.Seq != 8 {
		t.Fatal(err)
	}
}

// A forged snapshot, even with every hash of its own made to fit, is passed over for the one before.
func TestForgedSnapshotIsPassedOver(t *testing.T) {
	forged, err := pack([]byte("fold to 99"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("fold to 99"))
	forge := func(t *testing.T, path string, n uint64) {
		r, err := OpenReadOnly(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		ms, err := r.(*log).b.lastMarks(n, 1)
		if err != nil {
			t.Fatal(err)
		}
		es, err := r.Read(ms[0].After, 1)
		if err != nil {
			t.Fatal(err)
		}
		m := ms[0]
		m.Digest, m.Size = digest, 10
		hash := markHash(sha256.New(), es[0].Hash, m)
		doctor(t, path, fmt.Sprintf(`UPDATE state SET packed = x'%x' WHERE n = %d`, forged, n),
			fmt.Sprintf(`UPDATE mark SET digest = x'%x', hash = x'%x', size = 10 WHERE n = %d`, digest, hash, n))
	}
	for _, c := range []struct {
		name   string
		tamper func(*testing.T, string)
		want   uint64 // 0 for none
	}{
		{"sound", func(*testing.T, string) {}, 45},
		{"newest torn", func(t *testing.T, p string) { doctor(t, p, `UPDATE state SET packed = x'00' WHERE n = 5`) }, 40},
		{"newest lost", func(t *testing.T, p string) { doctor(t, p, `DELETE FROM state WHERE n = 5`) }, 40},
		{"newest forged whole", func(t *testing.T, p string) { forge(t, p, 5) }, 40},
		{"two forged whole", func(t *testing.T, p string) { forge(t, p, 5); forge(t, p, 4) }, 30},
		{"all gone", func(t *testing.T, p string) { doctor(t, p, `DELETE FROM state`) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := sample(t)
			c.tamper(t, path)
			r, err := OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			seq, state, ok, err := r.LatestSnapshot()
			if err != nil || seq != c.want || ok != (c.want > 0) {
				t.Fatalf("%d %q %v %v", seq, state, ok, err)
			}
			if ok && string(state) != fmt.Sprintf("fold to %d", seq) {
				t.Errorf("state %q", state)
			}
			if err := verify(path); (err == nil) != (c.want == 45) {
				t.Errorf("verify says %v", err)
			}
		})
	}
}

// A broken entry is not handed out, and neither is anything with it.
func TestReadRefusesBrokenEntry(t *testing.T) {
	path := sample(t)
	doctor(t, path, `UPDATE entry SET body = x'41' WHERE seq = 7`)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var damage *DamageError
	if es, err := r.Read(5, 10); !errors.As(err, &damage) || damage.Seq != 7 || es != nil {
		t.Errorf("%d entries, %v", len(es), err)
	}
	if es, err := r.Read(5, 2); err != nil || len(es) != 2 {
		t.Errorf("%d entries, %v", len(es), err)
	}
	if es, err := r.Read(8, 10); err != nil || len(es) != 10 {
		t.Errorf("%d entries, %v", len(es), err)
	}
}

// Whatever one column of one row is changed to, Verify finds it.
func TestTamperAnywhere(t *testing.T) {
	path := sample(t)
	clean, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	blobs := map[string][]string{"entry": {"body", "hash"}, "mark": {"digest", "hash"}, "state": {"packed"}}
	numbers := map[string][]string{"entry": {"seq", "at"}, "mark": {"n", "seq", "after", "size"}, "state": {"n"}}
	key := map[string]string{"entry": "seq", "mark": "n", "state": "n"}
	first := map[string][2]int{"entry": {1, sampleEntries}, "mark": {1, 5}, "state": {3, 5}}
	rapid.Check(t, func(t *rapid.T) {
		if err := os.WriteFile(path, clean, 0o600); err != nil {
			t.Fatal(err)
		}
		table := rapid.SampledFrom([]string{"entry", "mark", "state"}).Draw(t, "table")
		row := rapid.IntRange(first[table][0], first[table][1]).Draw(t, "row")
		where := fmt.Sprintf(` WHERE %s = %d`, key[table], row)
		var stmt string
		switch rapid.IntRange(0, 2).Draw(t, "deed") {
		case 0:
			stmt = `DELETE FROM ` + table + where
		case 1:
			col := rapid.SampledFrom(blobs[table]).Draw(t, "column")
			value := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "value")
			stmt = fmt.Sprintf(`UPDATE %s SET %s = x'%x'`, table, col, value) + where
		case 2:
			col := rapid.SampledFrom(numbers[table]).Draw(t, "column")
			by := rapid.OneOf(rapid.Int64Range(1, 3), rapid.Int64Range(100, 1<<40)).Draw(t, "by")
			if col == key[table] && by < 100 {
				by += 100 // not onto another row: SQLite would refuse that itself
			}
			if rapid.Bool().Draw(t, "down") {
				by = -by
			}
			stmt = fmt.Sprintf(`UPDATE %s SET %s = %s + %d`, table, col, col, by) + where
		}
		doctor(t, path, stmt)
		if err := verify(path); !errors.Is(err, ErrDamaged) {
			t.Fatalf("%s: %v", stmt, err)
		}
	})
}

// A flipped bit anywhere in the file is found, or harmless: no reader ever gets other entries or another
// state than were written.
func TestFlippedBits(t *testing.T) {
	path := sample(t)
	clean, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := contents(path)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 3))
	found, flips := 0, 1500
	if testing.Short() {
		flips = 100
	}
	for range flips {
		dirty := append([]byte{}, clean...)
		at := rng.IntN(len(dirty))
		dirty[at] ^= 1 << rng.IntN(8)
		if err := os.WriteFile(path, dirty, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := contents(path)
		switch {
		case err != nil:
			found++
			if !strings.Contains(err.Error(), path) {
				t.Errorf("byte %d: the error does not name the file: %v", at, err)
			}
		case got != want:
			t.Fatalf("byte %d: other contents, and no error", at)
		}
	}
	if found < flips/20 {
		t.Errorf("only %d of %d flips were found", found, flips)
	}
}

// contents is all that a reader of the file gets.
func contents(path string) (string, error) {
	r, err := OpenReadOnly(path)
	if err != nil {
		return "", err
	}
	defer r.Close()
	var all strings.Builder
	rep, err := r.Verify(context.Background(), func(e Entry) error {
		fmt.Fprintf(&all, "%d %v %x %x\n", e.Seq, e.At, e.Body, e.Hash)
		return nil
	}, func(seq uint64, state []byte) error {
		fmt.Fprintf(&all, "state %d %x\n", seq, state)
		return nil
	})
	fmt.Fprintf(&all, "%+v", rep)
	return all.String(), err
}
