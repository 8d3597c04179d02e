package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

func TestSnapshot(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		if _, _, ok, err := j.LatestSnapshot(); ok || err != nil {
			t.Fatalf("a snapshot in an empty journal: %v, %v", ok, err)
		}
		want := map[uint64]string{}
		for i := range uint64(6) {
			fill(t, j, 10)
			head, _ := j.Head()
			seq := head - i // not always at the head
			want[seq] = fmt.Sprintf("state %d", seq)
			if err := j.Snapshot(seq, []byte(want[seq])); err != nil {
				t.Fatal(err)
			}
			got, state, ok, err := j.LatestSnapshot()
			if err != nil || !ok || got != seq || string(state) != want[seq] {
				t.Fatalf("snapshot at %d: %d %q %v %v", seq, got, state, ok, err)
			}
		}
		fill(t, j, 2)
		var seen []uint64
		last := uint64(0)
		r, err := j.Verify(context.Background(), func(e Entry) error {
			last = e.Seq
			return nil
		}, func(seq uint64, state []byte) error {
			if string(state) != want[seq] || seq != last {
				return fmt.Errorf("state %q at %d after entry %d", state, seq, last)
			}
			seen = append(seen, seq)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Snapshots != 6 || r.States != KeptSnapshots || len(seen) != KeptSnapshots || r.Records != 62 {
			t.Fatalf("%+v, saw %v", r, seen)
		}
	})
}

func TestSnapshotAtWrongPlace(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		fill(t, j, 5)
		if err := j.Snapshot(3, nil); err != nil {
			t.Fatal(err)
		}
		for _, seq := range []uint64{0, 2, 3, 6} {
			if err := j.Snapshot(seq, nil); !errors.Is(err, ErrSnapshot) {
				t.Errorf("at %d: %v", seq, err)
			}
		}
		for _, seq := range []uint64{4, 5} { // two links behind the same entry
			if err := j.Snapshot(seq, []byte{byte(seq)}); err != nil {
				t.Errorf("at %d: %v", seq, err)
			}
		}
		if seq, state, _, err := j.LatestSnapshot(); seq != 5 || state[0] != 5 || err != nil {
			t.Errorf("%d %v %v", seq, state, err)
		}
		if _, err := j.Verify(context.Background(), nil, nil); err != nil {
			t.Error(err)
		}
	})
}

func TestSnapshotLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("it packs 64 MiB")
	}
	j := Memory()
	defer j.Close()
	fill(t, j, 2)
	if err := j.Snapshot(1, make([]byte, MaxState+1)); !errors.Is(err, ErrLimit) {
		t.Fatal(err)
	}
	if err := j.Snapshot(1, make([]byte, MaxState)); err != nil {
		t.Fatal(err)
	}
	if _, state, ok, err := j.LatestSnapshot(); len(state) != MaxState || !ok || err != nil {
		t.Fatal(len(state), ok, err)
	}
}

func TestSnapshotOfLastRunIsRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openAt(t, path)
	fill(t, j, 9)
	if err := j.Snapshot(9, []byte("nine")); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = openAt(t, path)
	if err := j.Snapshot(9, nil); !errors.Is(err, ErrSnapshot) {
		t.Fatal(err)
	}
	if seq, state, ok, err := j.LatestSnapshot(); seq != 9 || string(state) != "nine" || !ok || err != nil {
		t.Fatal(seq, state, ok, err)
	}
	fill(t, j, 1)
}

func TestPack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 100, 1 << 16} {
		state := make([]byte, size)
		for i := range state {
			state[i] = byte(rng.IntN(4))
		}
		packed, err := pack(state)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpack(packed, uint64(size))
		if err != nil || !bytes.Equal(got, state) {
			t.Fatalf("%d: %v", size, err)
		}
		if size > 1000 && len(packed) > size/2 {
			t.Errorf("%d bytes packed to %d", size, len(packed))
		}
		if _, err := unpack(packed, uint64(size)+1); err == nil {
			t.Errorf("%d: a byte too many is found nowhere", size)
		}
		if size > 0 {
			if _, err := unpack(packed, uint64(size)-1); err == nil {
				t.Errorf("%d: a byte too few goes unseen", size)
			}
		}
		for range 50 {
			bad := bytes.Clone(packed)
			bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
			if _, err := unpack(bad, uint64(size)); err == nil {
				t.Fatalf("%d: a flipped bit goes unseen", size)
			}
		}
	}
	if _, err := unpack(nil, 0); err == nil {
		t.Error("nothing unpacks")
	}
	if _, err := unpack(make([]byte, 100), MaxState+1); err == nil {
		t.Error("a state over the limit unpacks")
	}
}
