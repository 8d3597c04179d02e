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

// Keypad is the config block of a keypad.
type Keypad struct {
	Line
	Reader   int           `aisle:"reader,min=0,max=7" default:"0" doc:"The number of the keypad at its peripheral."`
	Digits   int           `aisle:"digits,min=4,max=16" default:"6" doc:"The least number of digits of a code. It ends with #; * begins again."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that turns codes into tokens: 16 characters or more."`
	Pause    time.Duration `aisle:"pause,min=1s,max=1m" default:"10s" doc:"What was typed is forgotten when no key follows for so long."`
}

// maxDigits bounds a code.
const maxDigits = 16

// Keypad opens a keypad.
func (l *Lines) Keypad(ctx context.Context, _ sdk.Env, c Keypad) (credential.Reader, error) {
	tokens, err := badge.NewTokens("code_", c.TokenKey)
	if err != nil {
		return nil, err
	}
	s, err := l.join(ctx, c.Line)
	if err != nil {
		return nil, err
	}
	return &keypad{device: device{s}, config: c, tokens: tokens}, nil
}

type keypad struct {
	device
	config Keypad
	tokens badge.Tokens
	typed  []byte
	begun  time.Time // the first key
	last   time.Time
}

// Run reports each code that is typed (credential.Reader).
func (k *keypad) Run(ctx context.Context, report func(observe.Credential)) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e, ok := <-k.Events:
			if !ok {
				return errDeaf
			}
			if keys, is := e.(panel.Keys); is && int(keys.Reader) == k.config.Reader {
				k.press(ctx, keys, report)
			}
		}
	}
}

func (k *keypad) press(ctx context.Context, keys panel.Keys, report func(observe.Credential)) {
	now := time.Now()
	if now.Sub(k.last) > k.config.Pause {
		k.typed = k.typed[:0]
	}
	k.last = now
	for _, key := range keys.Pressed {
		switch {
		case key == osdp.KeyClear:
			k.typed = k.typed[:0]
		case key == osdp.KeyEnter:
			if len(k.typed) >= k.config.Digits {
				report(observe.Credential{
					Interval: observe.Between(k.begun, now), Token: k.tokens.Of(string(k.typed)), Method: observe.MethodCode, Quality: measure.Certain,
				})
				k.beep(ctx, keys.Reader)
			}
			k.typed = k.typed[:0]
		case len(k.typed) == maxDigits: // no code is so long
			k.typed = k.typed[:0]
		case key >= '0' && key <= '9':
			if len(k.typed) == 0 {
				k.begun = now
			}
			k.typed = append(k.typed, key)
		}
	}
}
