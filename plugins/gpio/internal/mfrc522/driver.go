package mfrc522

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/host/v3/sysfs"

	"github.com/openaisle/aisle/plugins/gpio/internal/display"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
)

// Config is the config block of a card reader.
type Config struct {
	Port     string        `aisle:"port,required,device" doc:"The SPI device that the chip is on, such as /dev/spidev0.0. Its IRQ pin stays free; NRSTPD is tied high."`
	Speed    int           `aisle:"speed,min=10000,max=10000000" default:"1000000" doc:"Bits a second of the SPI bus."`
	Gain     int           `aisle:"gain,min=18,max=48" default:"33" doc:"The receiver's gain in dB: 18, 23, 33, 38, 43 or 48. More reads further, and more noise."`
	Poll     time.Duration `aisle:"poll,min=20ms,max=1s" default:"100ms" doc:"How often the field is looked at."`
	TokenKey string        `aisle:"token_key,required,sensitive" doc:"The store's key that turns UIDs into tokens: 16 characters or more. Another key makes other tokens."`
	Again    time.Duration `aisle:"again,min=0s,max=10s" default:"1s" doc:"A card that is back in the field within this time is still the same presentation."`
	display.Optional
}

// ConnCloser is a connection that can be let go.
type ConnCloser interface {
	Conn
	Close() error
}

// Driver opens readers on the connections that open opens; Sysfs opens the kernel's.
func Driver(open func(Config) (ConnCloser, error)) func(context.Context, sdk.Env, Config) (credential.Reader, error) {
	return func(ctx context.Context, env sdk.Env, c Config) (credential.Reader, error) {
		tokens, err := badge.NewTokens("badge_", c.TokenKey)
		if err != nil {
			return nil, err
		}
		if _, ok := gains[c.Gain]; !ok {
			return nil, fault.At("gain", fault.Errorf(fault.Invalid, "%d dB: the chip has 18, 23, 33, 38, 43 and 48", c.Gain))
		}
		conn, err := open(c)
		if err != nil {
			return nil, fault.At("port", fault.Wrap(fault.Unavailable, "open "+c.Port, err))
		}
		chip, err := Start(ctx, conn, c.Gain)
		if err != nil {
			_ = conn.Close()
			return nil, fault.At("port", err)
		}
		return &Reader{config: c, tokens: tokens, conn: conn, chip: chip, log: env.Log, condition: sdk.Condition{State: sdk.StateReady}}, nil
	}
}

// port is a port of the kernel and the connection on it.
type port struct {
	spi.Conn
	closer interface{ Close() error }
}

func (p port) Close() error { return p.closer.Close() }

// Sysfs opens a device of the kernel by its node, /dev/spidevB.C or a link to one.
func Sysfs(c Config) (ConnCloser, error) {
	node, err := filepath.EvalSymlinks(c.Port)
	if err != nil {
		return nil, err
	}
	var bus, chip int
	if _, err := fmt.Sscanf(filepath.Base(node), "spidev%d.%d", &bus, &chip); err != nil {
		return nil, errors.New("a port is a node such as /dev/spidev0.0")
	}
	p, err := sysfs.NewSPI(bus, chip)
	if err != nil {
		return nil, err
	}
	conn, err := p.Connect(physic.Frequency(c.Speed)*physic.Hertz, spi.Mode0, 8)
	if err != nil {
		_ = p.Close()
		return nil, err
	}
	return port{conn, p}, nil
}
