package journal

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

// A reader that follows by Wait and Read sees every entry once and in order, beside the writer.
func TestFollow(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		follow(t, j, map[string]Reader{"one": j, "two": j, "three": j})
	})
}

// So does one in another process; here a second handle on the same file stands for it.
func TestFollowReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openAt(t, path)
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	follow(t, j, map[string]Reader{"beside": r, "inside": j})
}

func follow(t *testing.T, j Journal, readers map[string]Reader) {
	const total = 2000
	var wg sync.WaitGroup
	for name, r := range readers {
		wg.Go(func() {
			for next := uint64(1); next <= total; {
				if err := r.Wait(t.Context(), next-1); err != nil {
					t.Errorf("%s: wait for %d: %v", name, next, err)
					return
				}
				es, err := r.Read(next, 100)
				if err != nil || len(es) == 0 {
					t.Errorf("%s: read from %d: %d entries, %v", name, next, len(es), err)
					return
				}
				for _, e := range es {
					if e.Seq != next {
						t.Errorf("%s: got %d instead of %d", name, e.Seq, next)
						return
					}
					next++
				}
			}
		})
	}
	for n := 0; n < total; n += 40 {
		fill(t, j, 40)
		if n%400 == 0 {
			head, _ := j.Head()
			if err := j.Snapshot(head, []byte("x")); err != nil {
				t.Error(err)
			}
			if _, err := j.Verify(context.Background(), nil, nil); err != nil {
				t.Error(err)
			}
		}
	}
	wg.Wait()
}

func TestVerifyBesideWriter(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		fill(t, j, 100)
		done := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			defer close(done)
			for range 30 {
				fill(t, j, 20)
				head, _ := j.Head()
				if err := j.Snapshot(head, []byte("state")); err != nil {
					t.Error(err)
				}
			}
		})
		for running := true; running; {
			select {
			case <-done:
				running = false
			default:
			}
			if _, err := j.Verify(context.Background(), nil, nil); err != nil {
				t.Error(err)
				break
			}
			if _, _, ok, err := j.LatestSnapshot(); err != nil {
				t.Error(ok, err)
			}
		}
		wg.Wait()
	})
}

func TestWaitEnds(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		fill(t, j, 2)
		if err := j.Wait(context.Background(), 1); err != nil {
			t.Errorf("past entry: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 2)
		go func() { ended <- j.Wait(ctx, 2) }()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		go func() { ended <- j.Wait(context.Background(), 2) }()
		j.Close()
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	})
}

func TestVerifyStopsWithContextAndCallback(t *testing.T) {
	each(t, func(t *testing.T, j Journal) {
		fill(t, j, 5)
		if err := j.Snapshot(5, nil); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := j.Verify(ctx, nil, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("context: %v", err)
		}
		mine := errors.New("mine")
		if _, err := j.Verify(context.Background(), func(Entry) error { return mine }, nil); !errors.Is(err, mine) {
			t.Errorf("check: %v", err)
		}
		if _, err := j.Verify(context.Background(), nil, func(uint64, []byte) error { return mine }); !errors.Is(err, mine) {
			t.Errorf("snapshot: %v", err)
		}
	})
}
