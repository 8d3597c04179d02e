package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/observe"
)

// cards are the store's: H10301, 26 bits of Wiegand.
var cards, _ = badge.FormatOf("wiegand26")

// maxWaiting is how many people wait before a reader.
const maxWaiting = 64

// readerHardware is a badge reader at an OSDP peripheral.
type readerHardware struct {
	wiring     readerWiring
	peripheral *osdpsim.Peripheral
	cards      chan string
}

func newReader(w readerWiring) *readerHardware {
	return &readerHardware{wiring: w, peripheral: &osdpsim.Peripheral{Address: w.Address, Key: w.key}, cards: make(chan string, maxWaiting)}
}

func (r *readerHardware) sensed(m wire.ToClient) error { return queued(m, r.wiring.Device, r.cards) }

// queued has whoever the world says is before a reader wait for their turn there.
func queued(m wire.ToClient, reader string, queue chan<- string) error {
	if m.Kind != observe.KindCredential.String() {
		return nil
	}
	var c observe.Credential
	if err := json.Unmarshal(m.Report, &c); err != nil {
		return err
	}
	select {
	case queue <- c.Token:
		return nil
	default:
		return fmt.Errorf("%s: %d wait before it already", reader, cap(queue))
	}
}

// run holds cards to the reader. Before, the world hears what the store will call their
// holders, or nobody could tell whose receipt is whose.
func (r *readerHardware) run(ctx context.Context, l *line) error {
	for {
		select {
		case credential := <-r.cards:
			if err := l.call(ctx, "known_as", wire.KnownAsParams{Credential: credential, Token: accountOf(r.wiring, credential)}); err != nil {
				return err
			}
			card := cardOf(credential)
			r.peripheral.Read(0, card.Bits, card.Data)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accountOf is what the store calls the holder of somebody's card.
func accountOf(w readerWiring, credential string) string {
	return w.tokens.Of(cardOf(credential).Text())
}

// cardOf is the card of somebody in the world. A visit's card has the visit's number,
// and a facility of its seed.
func cardOf(credential string) badge.Card {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(credential)) // a hash takes all
	facility, number := byte(sum.Sum32()>>16), uint16(sum.Sum32())
	if rest, ok := strings.CutPrefix(credential, "tok-"); ok {
		seed, visit, _ := strings.Cut(rest, "-")
		s, err := strconv.ParseUint(seed, 10, 64)
		n, err2 := strconv.ParseUint(visit, 10, 16)
		if err == nil && err2 == nil {
			facility, number = byte(s), uint16(n)
		}
	}
	c, _ := cards.Write(badge.Numbers{Facility: uint64(facility), Card: uint64(number)}) // they fit
	return c
}
