package rfid

import (
	"context"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
)

// Driver makes a driver of RFID readers. The context that open sees lives as long
// as the device. C is the configuration, a tagged struct (package config).
func Driver[C any](name string, open func(context.Context, sdk.Env, C) (Reader, error)) sdk.Driver {
	return class.Define(class.Sensing("rfid", Reader.Run), name, open)
}
