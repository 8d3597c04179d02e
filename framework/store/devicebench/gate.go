package devicebench

import (
	"cmp"
	"context"
	_ "embed" // the store's file
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/store/internal/quantile"
	badges "github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// processorTakes is how long the processor thinks, and admitMost how much
	// longer a shopper may wait for the gate, in milliseconds.
	processorTakes = 150 * time.Millisecond
	admitMost      = 300.0
	// between is how long after a passage the next person comes at the earliest,
	// so that the reader has told of it; later by some beats, each a part of the
	// 40 ms in which the plugin polls, so that people come at all times of a poll.
	between = 150 * time.Millisecond
	beat    = 3700 * time.Microsecond
	beats   = 11
	// readerKey is the peripheral's own base key.
	readerKey = "0102030405060708090a0b0c0d0e0f10"
)

//go:embed gate.hcl
var gateStore string

// came is one person at the gate, by the clock of this machine.
type came struct {
	presented, onset, asked, admitted time.Time
}

// gate measures how long badges and codes take from the reader to the gate: a
// whole store with the osdp plugin, whose badge reader, keypad and turnstile are
// one peripheral on TCP with a secure channel.
func (b *bench) gate(ctx context.Context) (err error) {
	sim, err := b.program(ctx, "plugins/osdp/osdpsim/osdpsim")
	if err != nil {
		return err
	}
	p, err := startPeer(ctx, sim, "-address", "5", "-key", readerKey)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	dir, err := os.MkdirTemp(b.Dir, "aisle-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.furnish(dir, p.Addr); err != nil {
		return err
	}
	presented, err := b.people(ctx, dir, p)
	if err != nil {
		return err
	}
	all, err := waited(filepath.Join(dir, "data", store.JournalFile), presented)
	if err != nil {
		return err
	}
	b.told(all)
	return nil
}

// furnish writes the store's files.
func (b *bench) furnish(dir, addr string) error {
	text := strings.NewReplacer("MODULE", b.module, "ADDR", addr, "DELAY", processorTakes.String()).Replace(gateStore)
	for name, s := range map[string]string{"store.hcl": text, "osdp.key": readerKey, "tokens.key": "a store's own key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(s), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// people runs the store, presents badges and codes one after the other and sends each
// holder through the gate. It gives when each was presented.
func (b *bench) people(ctx context.Context, dir string, p *peer) (presented []time.Time, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := store.Run(ctx, store.Options{Dir: dir, Data: filepath.Join(dir, "data"), Ready: func(store.Running) { close(up) }})
		ended <- err
	}()
	select {
	case <-up:
	case err := <-ended:
		return nil, fmt.Errorf("the store does not open: %w", err)
	}
	for n := range b.Visits {
		if err = rest(ctx, between+time.Duration(n%beats)*beat); err != nil {
			break
		}
		presented = append(presented, time.Now())
		if err = b.present(p, n); err != nil {
			break
		}
		if err = p.do("pass in"); err != nil {
			break
		}
		said, waitErr := p.says(ctx)
		if err = waitErr; err != nil || said != "passed true" {
			err = errors.Join(err, fmt.Errorf("number %d of %d was not let in: %s", n+1, b.Visits, said))
			break
		}
	}
	cancel()
	return presented, errors.Join(err, <-ended)
}

// rest waits.
func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// present presents the n-th credential: a badge, whose holder's account is the
// store's own, or a code, for which the processor is asked.
func (b *bench) present(p *peer, n int) error {
	if badge(n) {
		return p.do("card %s 26", card(n))
	}
	return p.do("keys %d#", firstCode+n)
}

// firstCode is the first code that is typed.
const firstCode = 49_381_000

func badge(n int) bool { return n%2 == 0 }

// card is the n-th badge (H10301), in hexadecimal digits.
func card(n int) string {
	f, _ := badges.FormatOf("wiegand26")
	c, _ := f.Write(badges.Numbers{Facility: 105, Card: uint64(1000 + n)}) //nolint:gosec // a few
	return hex.EncodeToString(c.Data)
}

// waited reads in the journal what became of each, in the order of presentation.
func waited(path string, presented []time.Time) ([]came, error) {
	j, err := journal.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = j.Close() }()
	all := make([]came, 0, len(presented))
	of, asks := map[string]int{}, map[string]int{}
	err = engine.Each(j, 1, func(r event.Record) error {
		if e, ok := r.Input.(event.Evidence); ok {
			if _, ok := e.Observed.(observe.Credential); ok && len(all) < len(presented) {
				all = append(all, came{presented: presented[len(all)], onset: e.Span().Onset})
			}
		}
		for _, f := range r.Facts {
			switch f := f.(type) {
			case event.SessionOpened:
				of[f.Session] = len(all) - 1
			case event.Asked:
				c := &all[of[f.Ask.Session]]
				if f.Ask.Operation == event.OpAdmit {
					c.asked, asks[f.Ask.ID] = r.At, of[f.Ask.Session]
				}
			case event.Answered:
				if i, ok := asks[f.Answer.ID]; ok {
					all[i].admitted = r.At
				}
			default: // tells nothing of time
			}
		}
		return nil
	})
	if err == nil && len(all) != len(presented) {
		err = fmt.Errorf("%d badges are in the journal, %d were presented", len(all), len(presented))
	}
	return all, err
}

// told emits the rows.
func (b *bench) told(all []came) {
	if len(all) == 0 {
		return
	}
	var bus, asked, free, admitted []float64
	never := 0
	for n, c := range all {
		if c.admitted.IsZero() {
			never++
			continue
		}
		if badge(n) {
			bus = append(bus, ms(c.onset.Sub(c.presented)))
			asked = append(asked, ms(c.asked.Sub(c.onset)))
			free = append(free, ms(c.admitted.Sub(c.presented)))
			continue
		}
		admitted = append(admitted, ms(c.admitted.Sub(c.presented)-processorTakes))
	}
	row := func(name string, v []float64, limit float64) {
		b.emit(Row{Key: "gate", Name: name, Value: quantile.Of(v, 0.99), Unit: "ms", Limit: limit, Printed: limit == 0, Of: len(v),
			Note: fmt.Sprintf("median %.1f ms", quantile.Of(v, 0.5))})
	}
	slowest := slices.MaxFunc(all, func(a, b came) int { return cmp.Compare(a.admitted.Sub(a.presented), b.admitted.Sub(b.presented)) })
	b.Progress(fmt.Sprintf("the slowest: %.1f ms to be heard, %.1f ms until the gate was asked, %.1f ms until it had opened",
		ms(slowest.onset.Sub(slowest.presented)), ms(slowest.asked.Sub(slowest.onset)), ms(slowest.admitted.Sub(slowest.asked))))
	row("badge presented to heard: the bus's own, p99", bus, 0)
	row("badge heard to admission asked, p99", asked, 0)
	row("badge presented to gate admitted, p99", free, 0)
	row("code to gate admitted, over the processor, p99", admitted, admitMost)
	b.emit(Row{Key: "gate", Name: "presented and not admitted", Value: float64(never), Unit: "people", Of: len(all)})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
