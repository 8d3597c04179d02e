package moneybench

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/view"
)

// TestVerifyBeside: a journal's check holds the sales that are over, and the pages,
// against the records, and names what is kept otherwise.
func TestVerifyBeside(t *testing.T) {
	dir := t.TempDir()
	r, err := newRig(dir, 48)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := r.open(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.visits(ctx, settlement.HeldSales+60, 0); err != nil {
		t.Fatal(err)
	}
	session, _ := oldest(t, r)
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, store.JournalFile)
	j, err := journal.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	points, discarded, err := checkpoint.Open(filepath.Join(dir, store.PointsFile), j)
	if err != nil || discarded != nil {
		t.Fatal(err, discarded)
	}
	defer points.Close()
	follow, stop := context.WithCancel(ctx)
	v := view.NewKept(j, points.Reader("view"), func(err error) { t.Error(err) })
	done := make(chan error, 1)
	go func() { done <- v.Run(follow) }()
	head, _ := j.Head()
	if err := v.Wait(ctx, head); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if ok, err := store.Verify(ctx, dir); err != nil || ok.Sales == 0 || ok.Pages != head {
		t.Fatalf("%+v, %v", ok, err)
	}
	for reader, key := range map[string]string{"sales": "session " + session, "view": "session " + session} {
		of := points.Reader(reader)
		seq, body, err := of.Load()
		if err != nil {
			t.Fatal(err)
		}
		was, err := of.Get(key)
		if err != nil || was == nil {
			t.Fatalf("%s has no %q: %v", reader, key, err)
		}
		for _, kept := range []string{strings.Replace(string(was), ":", ": ", 1), string(was)} {
			if err := of.Save(seq, body, []checkpoint.Value{{Keys: []string{key}, Body: []byte(kept)}}); err != nil {
				t.Fatal(err)
			}
			_, err := store.Verify(ctx, path)
			if spoiled := kept != string(was); spoiled != (err != nil) || spoiled && !strings.Contains(err.Error(), session) {
				t.Errorf("%s, spoiled %v: %v", reader, spoiled, err)
			}
		}
	}
}
