package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/fakehost"
	"github.com/openaisle/aisle/plugins/simulated/internal/hub"
	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/store"
)

// corner is the scene that the repository's corner store uses.
const corner = "../../../../examples/corner/scene.json"

func loadCorner(t *testing.T) *scene.Scene {
	t.Helper()
	sc, err := scene.Load(corner)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// defaults are a small perfect world.
func defaults(t *testing.T) store.Options {
	return store.Options{
		Scene: corner, Data: t.TempDir(), Seed: 7, Shoppers: 20, Basket: 8, Arrivals: 12 * time.Second, Noise: "none",
		Start: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC), Linger: time.Minute, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// world is a world that runs in this process.
type world struct {
	store   *store.Store
	address string
	stop    func() error
}

func start(t *testing.T, opt store.Options) *world {
	t.Helper()
	s, err := store.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "world") // short: a socket's path has 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, lis) }()
	stopped := false
	w := &world{store: s, address: "unix:" + lis.Addr().String()}
	w.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		err := <-ended
		os.RemoveAll(dir)
		if cerr := s.Close(); err == nil {
			err = cerr
		}
		return err
	}
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// visitAll runs a world to its end under a stand-in host.
func visitAll(t *testing.T, opt store.Options, hopt fakehost.Options) *fakehost.Host {
	t.Helper()
	w := start(t, opt)
	h, err := fakehost.Start(t.Context(), w.address, loadCorner(t), hopt)
	if err != nil {
		t.Fatal(err)
	}
	waitIdle(t, h)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	return h
}

func waitIdle(t *testing.T, h *fakehost.Host) {
	t.Helper()
	select {
	case <-h.Idle():
	case <-time.After(2 * time.Minute):
		h.Close()
		t.Fatal("the world did not come to its end in two minutes")
	}
}

func lines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	for s := bufio.NewScanner(f); s.Scan(); {
		var v T
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, v)
	}
	return all
}

func truth(t *testing.T, opt store.Options) []hub.TruthLine {
	return lines[hub.TruthLine](t, filepath.Join(opt.Data, store.TruthFile))
}

func ledger(t *testing.T, opt store.Options) []processor.Entry {
	return lines[processor.Entry](t, filepath.Join(opt.Data, store.LedgerFile))
}
