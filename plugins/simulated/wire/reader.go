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

// cardBits is the length of the store's cards: H10301, 26 bits of Wiegand.
const cardBits = 26

// maxCards is how many cards wait to be held to a reader.
const maxCards = 64

// readerHardware is a badge reader at an OSDP peripheral.
type readerHardware struct {
	wiring     readerWiring
	peripheral *osdpsim.Peripheral
	cards      chan string
}

func newReader(w readerWiring) *readerHardware {
	return &readerHardware{wiring: w, peripheral: &osdpsim.Peripheral{Address: w.Address, Key: w.key}, cards: make(chan string, maxCards)}
}

func (r *readerHardware) sensed(m wire.ToClient) error {
	var c observe.Credential
	if m.Kind != observe.KindCredential.String() {
		return nil
	}
	if err := json.Unmarshal(m.Report, &c); err != nil {
		return err
	}
	select {
	case r.cards <- c.Token:
		return nil
	default:
		return fmt.Errorf("%s: %d cards wait to be read", r.wiring.Device, maxCards)
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
			r.peripheral.Read(0, cardBits, cardOf(credential))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// accountOf is what the store calls the holder of somebody's card.
func accountOf(w readerWiring, credential string) string {
	return w.tokens.Of(badge.Card{Bits: cardBits, Data: cardOf(credential)}.Text())
}

// cardOf is the card of somebody in the world: facility and number with the parity of
// H10301. A visit's card has the visit's number, and a facility of its seed.
func cardOf(credential string) []byte {
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
	bits := uint32(facility)<<16 | uint32(number) // 24, the highest first
	even, odd := uint32(0), uint32(1)
	for i := range 12 {
		odd ^= bits >> i & 1
		even ^= bits >> (i + 12) & 1
	}
	all := (even<<25 | bits<<1 | odd) << (32 - cardBits)
	return []byte{byte(all >> 24), byte(all >> 16), byte(all >> 8), byte(all)}
}
