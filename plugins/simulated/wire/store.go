package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

// again is the pause before the world is called again.
const again = 200 * time.Millisecond

// hardware is what stands in a device's place.
type hardware interface {
	// sensed shows what the world says is before the device. It returns at once.
	sensed(m wire.ToClient) error
	// run does what the device is driven to do, until ctx ends.
	run(ctx context.Context, w *line) error
}

// store is all hardware of one store.
type store struct {
	wiring *wiring
	at     *place
	world  string
	desk   *desk
	log    *slog.Logger

	devices []*device
	opening []func() error // lets who speaks to it in
	serving sync.WaitGroup
	stops   []func()
	failed  chan error
}

// device is one of the scene with its hardware.
type device struct {
	address, class string
	hardware
}

func newStore(w *wiring, at *place, world string, d *desk, log *slog.Logger) *store {
	return &store{wiring: w, at: at, world: world, desk: d, log: log, failed: make(chan error, 1)}
}

// run stands there until ctx ends, a server fails, or there is no world for as long as it
// lingers. ready is called once every device is there and shows what the world has.
func (s *store) run(ctx context.Context, linger time.Duration, ready func() error) error {
	defer s.serving.Wait()
	defer func() {
		for _, stop := range slices.Backward(s.stops) { // clients of the broker before it
			stop()
		}
	}()
	if err := s.build(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var here, all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	here.Add(len(s.devices))
	for _, d := range s.devices {
		all.Go(func() { s.fail(s.follow(ctx, d, linger, sync.OnceFunc(here.Done))) })
	}
	there := make(chan struct{})
	go func() { here.Wait(); close(there) }()
	select {
	case <-there:
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return nil
	}
	if err := s.listen(); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	s.log.Info("the hardware is there", "address", s.at.host, "devices", len(s.devices))
	select {
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// fail ends run.
func (s *store) fail(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	select {
	case s.failed <- err:
	default: // the first error tells
	}
}

// serve runs a server until it is stopped.
func (s *store) serve(stop func(), f func() error) {
	var stopped sync.Once
	over := make(chan struct{})
	s.stops = append(s.stops, func() { stopped.Do(func() { close(over); stop() }) })
	s.serving.Go(func() {
		err := f()
		select {
		case <-over:
		default:
			s.fail(err)
		}
	})
}

// follow is a device's connection with the world, made again when it is lost.
func (s *store) follow(ctx context.Context, d *device, linger time.Duration, here func()) error {
	since := time.Now()
	for {
		l, err := dial(ctx, s.world, d.address, d.class)
		if err == nil {
			err = l.follow(ctx, d.hardware, here)
			since = time.Now()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Since(since) > linger {
			return fmt.Errorf("%s: there is no world any more: %w", d.address, err)
		}
		s.log.Debug("the world is not there", "device", d.address, "err", err)
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
