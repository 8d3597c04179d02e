package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if runChild() {
		return
	}
	goleak.VerifyTestMain(m)
}

var epoch = time.Date(2026, 3, 1, 8, 0, 0, 123456789, time.UTC)

// drafts makes n drafts that follow entry after.
func drafts(after uint64, n int) []Draft {
	out := make([]Draft, n)
	for i := range out {
		seq := after + uint64(i) + 1
		out[i] = Draft{At: epoch.Add(time.Duration(seq) * time.Millisecond), Body: fmt.Appendf(nil, "entry %d", seq)}
	}
	return out
}

// fill appends n entries in groups of at most seven.
func fill(t testing.TB, j Journal, n int) {
	t.Helper()
	for n > 0 {
		head, _ := j.Head()
		k := min(n, 7)
		if _, err := j.Append(drafts(head, k)); err != nil {
			t.Fatal(err)
		}
		n -= k
	}
}

func openAt(t testing.TB, path string) Journal {
	t.Helper()
	j, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// each runs a test over both journals.
func each(t *testing.T, run func(t *testing.T, j Journal)) {
	t.Run("memory", func(t *testing.T) {
		j := Memory()
		defer j.Close()
		run(t, j)
	})
	t.Run("sqlite", func(t *testing.T) {
		run(t, openAt(t, filepath.Join(t.TempDir(), "journal.db")))
	})
}

func TestAppendRead(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		if seq, _ := j.Head(); seq != 0 {
			t.Fatalf("head of an empty journal is %d", seq)
		}
		var want []Entry
		for _, n := range []int{1, 0, 3, chunk, chunk + 1, 2*chunk + 5} {
			head, _ := j.Head()
			got, err := j.Append(drafts(head, n))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != n {
				t.Fatalf("appended %d of %d", len(got), n)
			}
			want = append(want, got...)
		}
		for i, e := range want {
			if e.Seq != uint64(i)+1 {
				t.Fatalf("entry %d has seq %d", i, e.Seq)
			}
		}
		for _, from := range []uint64{0, 1, 2, 5, uint64(len(want))} {
			got, err := j.Read(from, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want[max(from, 1)-1:], got); diff != "" {
				t.Errorf("from %d: %s", from, diff)
			}
		}
		if got, err := j.Read(4, 2); err != nil || len(got) != 2 || got[0].Seq != 4 {
			t.Errorf("Read(4, 2) = %v, %v", got, err)
		}
		if got, err := j.Read(uint64(len(want))+1, 2); err != nil || len(got) != 0 {
			t.Errorf("past the head: %v, %v", got, err)
		}
		if seq, hash := j.Head(); seq != uint64(len(want)) || hash != want[len(want)-1].Hash {
			t.Errorf("head is %d", seq)
		}
	})
}

func TestBodyIsKeptAsItWas(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		body := []byte{0, 0xff, 'a'}
		at := time.Date(2026, 3, 1, 9, 0, 0, 1, time.FixedZone("x", 3600))
		if _, err := j.Append([]Draft{{At: at, Body: body}, {At: at}}); err != nil {
			t.Fatal(err)
		}
		body[0] = 9
		got, err := j.Read(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got[0].Body, []byte{0, 0xff, 'a'}) || len(got[1].Body) != 0 {
			t.Errorf("bodies are %v and %v", got[0].Body, got[1].Body)
		}
		if !got[0].At.Equal(at) || got[0].At.Location() != time.UTC {
			t.Errorf("time is %v", got[0].At)
		}
	})
}

func TestLimits(t *testing.T) {
	group := func(n, size int) []Draft {
		body := make([]byte, size)
		out := make([]Draft, n)
		for i := range out {
			out[i] = Draft{At: epoch, Body: body}
		}
		return out
	}
	at := func(year int) []Draft { return []Draft{{At: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}} }
	for _, c := range []struct {
		name string
		in   []Draft
		ok   bool
	}{
		{"largest body", group(1, MaxBody), true},
		{"body over", group(1, MaxBody+1), false},
		{"largest group", group(MaxGroup, 1), true},
		{"group over", group(MaxGroup+1, 1), false},
		{"largest group in bytes", group(MaxGroupBytes/MaxBody, MaxBody), true},
		{"group in bytes over", append(group(MaxGroupBytes/MaxBody, MaxBody), group(1, 1)...), false},
		{"year 1678", at(1678), true},
		{"year 1677", at(1677), false},
		{"year 2262", at(2262), true},
		{"year 2263", at(2263), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, j Journal) {
				got, err := j.Append(c.in)
				head, _ := j.Head()
				if c.ok && (err != nil || head != uint64(len(c.in))) {
					t.Fatalf("%d entries, %v", head, err)
				}
				if !c.ok && (!errors.Is(err, ErrLimit) || got != nil || head != 0) {
					t.Fatalf("head %d, %v", head, err)
				}
				fill(t, j, 1) // a refusal is not a failure
			})
		})
	}
}

func TestReadStopsAfterBytes(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		const size = 1 << 20
		const n = MaxReadBytes/size + 2
		for range n {
			if _, err := j.Append([]Draft{{At: epoch, Body: make([]byte, size)}}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := j.Read(1, 0)
		if err != nil || len(got) != n-2 {
			t.Fatalf("%d entries, %v", len(got), err)
		}
		rest, err := j.Read(uint64(len(got))+1, 0)
		if err != nil || len(rest) != 2 {
			t.Fatalf("then %d entries, %v", len(rest), err)
		}
		if r, err := j.Verify(context.Background(), nil, nil); err != nil || r.Records != n {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

// Any body that may be written is read again, each by itself if need be.
func TestReadLargestBodies(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		const n = 3
		for range n {
			if _, err := j.Append([]Draft{{At: epoch, Body: make([]byte, MaxBody)}}); err != nil {
				t.Fatal(err)
			}
		}
		for seq := range uint64(n) {
			got, err := j.Read(seq+1, 0)
			if err != nil || len(got) != max(1, MaxReadBytes/MaxBody) || len(got[0].Body) != MaxBody {
				t.Fatalf("%d entries from %d, %v", len(got), seq+1, err)
			}
		}
		if r, err := j.Verify(context.Background(), nil, nil); err != nil || r.Records != n {
			t.Fatalf("%+v, %v", r, err)
		}
	})
}

func TestReadAtMostMaxRead(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		for range 2 {
			head, _ := j.Head()
			if _, err := j.Append(drafts(head, MaxRead/2+1)); err != nil {
				t.Fatal(err)
			}
		}
		for _, limit := range []int{0, -1, MaxRead, MaxRead + 1} {
			if got, err := j.Read(1, limit); err != nil || len(got) != MaxRead {
				t.Errorf("limit %d: %d entries, %v", limit, len(got), err)
			}
		}
	})
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		fill(t, j, 1)
		for range 2 {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		_, err := j.Append(drafts(1, 1))
		errs := []error{err, j.Snapshot(1, nil), j.Wait(context.Background(), 0)}
		_, err = j.Read(1, 1)
		errs = append(errs, err)
		_, _, _, err = j.LatestSnapshot()
		errs = append(errs, err)
		_, err = j.Verify(context.Background(), nil, nil)
		for i, err := range append(errs, err) {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%d: %v", i, err)
			}
		}
	})
}

// The same entries make the same chain in both journals, as long as they have the same identity.
func TestOneChain(t *testing.T) {
	m, s := Memory(), openAt(t, filepath.Join(t.TempDir(), "journal.db")).(*log)
	defer m.Close()
	s.id = ID{}
	s.head.Hash = genesis(ID{}, "")
	for _, j := range []Journal{m, s} {
		fill(t, j, 50)
		if err := j.Snapshot(40, []byte("state")); err != nil {
			t.Fatal(err)
		}
		fill(t, j, 3)
	}
	_, a := m.Head()
	if _, b := s.Head(); a != b {
		t.Fatalf("%x and %x", a, b)
	}
}
