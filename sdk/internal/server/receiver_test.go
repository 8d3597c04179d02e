package server_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
)

// quickLanes are gates 1 and 2 of a plugin that has taken Admit for quick: who
// receives runs it.
func quickLanes(t *testing.T, admit func(context.Context, gate.Admission) error) (one, two *host.Gate) {
	t.Helper()
	plugins, _ := gates(t, &lane{admit: func(ctx context.Context, a gate.Admission) error {
		if a.Session == "quick" {
			return nil
		}
		return admit(ctx, a)
	}}, 1)
	for handle := range uint32(2) {
		if _, err := plugins[0].Open(t.Context(), host.OpenRequest{Handle: 1 + handle, Epoch: 5, Driver: "lane"}); err != nil {
			t.Fatal(err)
		}
	}
	one, two = plugins[0].Gate(1, 5), plugins[0].Gate(2, 5)
	quickly(t, one)
	return one, two
}

func quickly(t *testing.T, g *host.Gate) {
	t.Helper()
	a := party
	a.Session = "quick"
	for range 100 {
		if err := g.Admit(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
}

// A command that was quick until now and is not any more holds neither the
// others up nor the word that its caller gave up.
func TestReceiverIsReplaced(t *testing.T) {
	entered, over := make(chan struct{}), make(chan error, 1)
	one, two := quickLanes(t, func(ctx context.Context, _ gate.Admission) error {
		close(entered)
		<-ctx.Done()
		over <- ctx.Err()
		return ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	var held sync.WaitGroup
	held.Go(func() {
		if err := one.Admit(ctx, party); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	})
	<-entered
	quickly(t, two)
	cancel()
	if err := <-over; !errors.Is(err, context.Canceled) {
		t.Errorf("the plugin saw %v", err)
	}
	held.Wait()
	quickly(t, one)
}

// Vendor code that ends the goroutine it is called on costs its command's answer
// and no other's.
func TestReceiverEnds(t *testing.T) {
	ended := make(chan struct{})
	one, two := quickLanes(t, func(context.Context, gate.Admission) error {
		close(ended)
		runtime.Goexit()
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	var lost sync.WaitGroup
	lost.Go(func() {
		if err := one.Admit(ctx, party); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	<-ended
	quickly(t, two)
	cancel()
	lost.Wait()
}
