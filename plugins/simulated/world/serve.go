package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/openaisle/aisle/plugins/simulated/internal/store"
)

// maxSocketPath is a little under what a Unix socket's address holds on every
// system.
const maxSocketPath = 100

// serve runs the world until ctx ends or nobody comes any more.
func serve(ctx context.Context, f flags, log *slog.Logger) (err error) {
	if err := os.MkdirAll(f.data, 0o755); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(f.data, "world.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	w, err := store.Open(store.Options{
		Scene: f.scene, Script: f.script, Data: f.data, Seed: f.seed, Shoppers: f.shoppers, Basket: f.basket, Stops: f.stops,
		Arrivals: f.arrivals, Noise: f.noise, Tenders: f.tenders, PaymentFaults: f.faults == "answers", FaultsOn: f.on, DeclinePPM: f.declines,
		Start: f.start, Speed: f.perSecond, Free: f.clock == "real", Await: f.await, Linger: f.linger, Log: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	lis, clean, err := listen(f.data)
	if err != nil {
		return err
	}
	defer clean()
	if err := announce(f.addressFile, "unix:"+lis.Addr().String()); err != nil {
		return errors.Join(err, lis.Close())
	}
	defer os.Remove(f.addressFile)
	log.Info("the world is open", "seed", f.seed, "noise", f.noise, "first", w.FirstVisit, "visits", w.Visits)
	if f.ready != nil {
		f.ready()
	}
	return w.Run(ctx, lis)
}

// listen opens the world's socket in the data folder, or in a temporary one
// where the path would be too long.
func listen(data string) (net.Listener, func(), error) {
	path, clean := filepath.Join(data, "world.sock"), func() {}
	if len(path) > maxSocketPath {
		dir, err := os.MkdirTemp("", "aisle-world-")
		if err != nil {
			return nil, nil, err
		}
		path, clean = filepath.Join(dir, "world.sock"), func() { os.RemoveAll(dir) }
	}
	// The lock is ours, so a socket here is a dead world's.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	lis, err := net.Listen("unix", path)
	if err != nil {
		clean()
		return nil, nil, fmt.Errorf("listen: %w", err)
	}
	return lis, clean, nil
}

// announce writes the address so that nobody reads half of it.
func announce(file, address string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(tmp, []byte(address), 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, file)
}
