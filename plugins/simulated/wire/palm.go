package main

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

const (
	// enrolWithin is how long staff try to enrol somebody: less than a shopper waits at a
	// gate, so that nobody is let in who has gone home.
	enrolWithin = 20 * time.Second
	// handAgain is how soon a hand is held over the reader again: once the one before is
	// another presentation (two seconds at plugins/osdp, where its config says nothing else).
	handAgain = 2500 * time.Millisecond
)

// palmHardware is a palm reader at an OSDP peripheral. It knows nobody at first: staff
// enrol a newcomer before the reader, for the account that the shopper's card is of, and
// then the hand is held over it once more to come in.
type palmHardware struct {
	wiring readerWiring
	palm   *osdpsim.Palm
	desk   *desk
	log    *slog.Logger
	hands  chan string
}

func newPalm(w readerWiring, d *desk, log *slog.Logger) *palmHardware {
	p := osdpsim.NewPalm()
	p.Address, p.Key = w.Address, w.key
	return &palmHardware{wiring: w, palm: p, desk: d, log: log.With("device", w.Device), hands: make(chan string, maxWaiting)}
}

func (p *palmHardware) sensed(m wire.ToClient) error { return queued(m, p.wiring.Device, p.hands) }

// run holds hands over the reader.
func (p *palmHardware) run(ctx context.Context, l *line) error {
	for {
		select {
		case hand := <-p.hands:
			account := accountOf(p.wiring, hand)
			if err := l.call(ctx, "known_as", wire.KnownAsParams{Credential: hand, Token: account}); err != nil {
				return err
			}
			if err := p.come(ctx, hand, account); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// come has somebody come in by their hand. Who could not be enrolled goes home.
func (p *palmHardware) come(ctx context.Context, hand, account string) error {
	if !p.palm.Knows(hand) {
		within, cancel := context.WithTimeout(ctx, enrolWithin)
		defer cancel()
		n := newcomer{reader: p.wiring.Device, account: account, consent: "release-" + hand + "-" + strconv.FormatInt(time.Now().UnixMicro(), 36)}
		err := p.desk.enrol(within, n, func() {
			if !p.palm.Knows(hand) {
				p.palm.Present(hand) // nothing comes of it before the reader was told to learn
			}
		})
		if err != nil {
			p.log.Warn("a palm could not be enrolled", "err", err)
			return ctx.Err()
		}
		select {
		case <-time.After(handAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if !p.palm.Present(hand) {
		return errors.New("the reader has forgotten a palm that it has just learned")
	}
	return nil
}
