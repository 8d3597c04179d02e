package platform

import (
	"context"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Badge is the config block of a badge reader.
type Badge struct {
	Line
	Reader   int           `aisle:"reader,min=0,max=7" default:"0" doc:"The number of the reader at its peripheral."`
	Format   string        `aisle:"format,one_of=any|wiegand26|wiegand34|wiegand37" default:"any" doc:"The format of the store's cards. Any but any has its length and parity checked, and a card that fails is asked for again."`
	Method   string        `aisle:"method,one_of=badge|card" default:"badge" doc:"What is held to the reader: badges, of staff and of accounts of the house, or cards that stand for a shopper's means of payment."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that turns card numbers into tokens: 16 characters or more. Another key makes other tokens."`
	Again    time.Duration `aisle:"again,min=0s,max=10s" default:"1s" doc:"A badge that is read again within this time is still the same presentation."`
}

// Badge opens a badge reader.
func (l *Lines) Badge(ctx context.Context, _ sdk.Env, c Badge) (credential.Reader, error) {
	tokens, err := badge.NewTokens("badge_", c.TokenKey)
	if err != nil {
		return nil, err
	}
	s, err := l.join(ctx, c.Line)
	if err != nil {
		return nil, err
	}
	return &badgeReader{device: device{s}, config: c, tokens: tokens}, nil
}

type badgeReader struct {
	device
	config Badge
	tokens badge.Tokens
	held   badge.Held
}

// Run reports each badge that is presented (credential.Reader).
func (b *badgeReader) Run(ctx context.Context, report func(observe.Credential)) error {
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

func (b *badgeReader) read(ctx context.Context, c osdp.Card, report func(observe.Credential)) {
	now := time.Now()
	card := badge.Card{Bits: c.Bits, Data: c.Data}
	token := b.tokens.Of(card.Text())
	if b.held.Again(token, now, b.config.Again) {
		return
	}
	quality := measure.Certain
	if !fits(card, b.config.Format) {
		quality = measure.Certain / 2
	}
	method := observe.MethodBadge
	if b.config.Method == "card" {
		method = observe.MethodCard
	}
	report(observe.Credential{Interval: observe.At(now), Token: token, Method: method, Quality: quality})
	b.beep(ctx, c.Reader)
}

// fits says whether a card has the length and parity of a format.
func fits(c badge.Card, format string) bool {
	f, ok := badge.FormatOf(format)
	if !ok {
		return true
	}
	_, err := f.Read(c)
	return err == nil
}
