package wiegand

import (
	"context"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/display"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
)

// Config is the config block of a Wiegand reader.
type Config struct {
	Chip     string        `aisle:"chip,required,device" doc:"The GPIO chip that both lines are on, such as /dev/gpiochip0."`
	D0       int           `aisle:"d0,required,min=0,max=1023" doc:"The number of the line that D0 is on, at its chip; the wire is often green."`
	D1       int           `aisle:"d1,required,min=0,max=1023" doc:"The number of the line that D1 is on, at its chip; the wire is often white."`
	Bias     string        `aisle:"bias,one_of=pull_up|none" default:"pull_up" doc:"Readers only pull their lines low. none where the wiring has pull-ups of its own. A reader's 5 V lines need a level shifter before a 3.3 V input."`
	Format   string        `aisle:"format,one_of=any|wiegand26|wiegand34|wiegand37|wiegand37_card" default:"any" doc:"The format of the store's cards: H10301, H10306, H10304, or H10302, which has no facility. With any, all of these are taken."`
	Facility int           `aisle:"facility,min=-1,max=65535" default:"-1" doc:"The facility code of the store's cards; others are not reported. -1 for any."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that turns card numbers into tokens: 16 characters or more. Another key makes other tokens."`
	Again    time.Duration `aisle:"again,min=0s,max=10s" default:"1s" doc:"A badge that is read again within this time is still the same presentation."`
	Pause    time.Duration `aisle:"pause,min=5ms,max=500ms" default:"25ms" doc:"The silence that ends a card: more than the reader's time from bit to bit, which is 20 ms at most."`
	Glitch   time.Duration `aisle:"glitch,min=0s,max=1ms" default:"100us" doc:"Two edges closer than this are one pulse that bounces, or a short circuit."`
	display.Optional
}

// Source is the two lines. Its methods are called by one goroutine, but for Close, which
// ends an Edge under way.
type Source interface {
	// Edge gives the next edge, or false where none comes within a time. An error
	// says that the lines are gone.
	Edge(within time.Duration) (Edge, bool, error)
	Close() error
}

// Lines opens the lines that a config block names. An error is at its attribute.
type Lines func(Config) (Source, error)

// Driver gives a driver's open, on lines.
func Driver(lines Lines) func(context.Context, sdk.Env, Config) (credential.Reader, error) {
	return func(_ context.Context, _ sdk.Env, c Config) (credential.Reader, error) {
		tokens, err := badge.NewTokens("badge_", c.TokenKey)
		if err != nil {
			return nil, err
		}
		if c.D0 == c.D1 {
			return nil, fault.At("d1", fault.Errorf(fault.Invalid, "line %d is D0 already: the two are different wires", c.D1))
		}
		format, known := badge.FormatOf(c.Format)
		if c.Facility >= 0 && known && !format.HasFacility() {
			return nil, fault.At("facility", fault.Errorf(fault.Invalid, "cards of %s have no facility: remove one of the two", c.Format))
		}
		source, err := lines(c)
		if err != nil {
			return nil, err
		}
		return &Reader{
			config: c, tokens: tokens, source: source, cards: Cards{Format: c.Format, Facility: c.Facility},
			framer: Framer{Timing: Timing{Pause: c.Pause, Glitch: c.Glitch}}, condition: sdk.Condition{State: sdk.StateReady},
		}, nil
	}
}
