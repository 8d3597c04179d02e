package platform

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Badge is the config block of a badge reader.
type Badge struct {
	Line
	Reader   int           `aisle:"reader,min=0,max=7" default:"0" doc:"The number of the reader at its peripheral."`
	Format   string        `aisle:"format,one_of=any|wiegand26|wiegand34|wiegand37" default:"any" doc:"The format of the store's cards. Any but any has its length and parity checked, and a card that fails is asked for again."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that turns card numbers into tokens: 16 characters or more. Another key makes other tokens."`
	Again    time.Duration `aisle:"again,min=0s,max=10s" default:"1s" doc:"A badge that is read again within this time is still the same presentation."`
}

// Badge opens a badge reader.
func (l *Lines) Badge(ctx context.Context, _ sdk.Env, c Badge) (credential.Reader, error) {
	if len(c.TokenKey) < minSecret {
		return nil, fault.At("token_key", fault.Errorf(fault.Invalid, "it is %d characters long: %d or more", len(c.TokenKey), minSecret))
	}
	s, err := l.join(ctx, c.Line)
	if err != nil {
		return nil, err
	}
	return &badge{device: device{s}, config: c, tokens: tokens{"badge_", []byte(c.TokenKey)}}, nil
}

type badge struct {
	device
	config Badge
	tokens tokens
	held   held
}

// Run reports each badge that is presented (credential.Reader).
func (b *badge) Run(ctx context.Context, report func(observe.Credential)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-b.Events:
			if !ok {
				return errDeaf
			}
			if c, is := e.(panel.Card); is && int(c.Reader) == b.config.Reader {
				b.read(ctx, c.Card, report)
			}
		}
	}
}

func (b *badge) read(ctx context.Context, c osdp.Card, report func(observe.Credential)) {
	now := time.Now()
	token := b.tokens.of(fmt.Sprintf("%d:%s", c.Bits, hex.EncodeToString(c.Data)))
	if b.held.again(token, now, b.config.Again) {
		return
	}
	quality := measure.Certain
	if !fits(c, b.config.Format) {
		quality = measure.Certain / 2
	}
	report(observe.Credential{Interval: observe.At(now), Token: token, Method: observe.MethodBadge, Quality: quality})
	b.beep(ctx, c.Reader)
}

// parity is of some bits of a card.
type parity struct {
	bit, from, to int // to is the last
	odd           bool
}

// formats are those whose parity is known: 26 bits (H10301), 34 (as H10306) and 37
// (H10304, whose middle bit counts for both halves).
var formats = map[string]struct {
	bits  int
	check []parity
}{
	"wiegand26": {26, []parity{{0, 1, 12, false}, {25, 13, 24, true}}},
	"wiegand34": {34, []parity{{0, 1, 16, false}, {33, 17, 32, true}}},
	"wiegand37": {37, []parity{{0, 1, 18, false}, {36, 18, 35, true}}},
}

// fits says whether a card has the length and parity of a format.
func fits(c osdp.Card, format string) bool {
	f, ok := formats[format]
	if !ok {
		return true
	}
	if c.Bits != f.bits {
		return false
	}
	for _, p := range f.check {
		sum := c.Bit(p.bit)
		for n := p.from; n <= p.to; n++ {
			sum += c.Bit(n)
		}
		if sum%2 == 1 != p.odd {
			return false
		}
	}
	return true
}
