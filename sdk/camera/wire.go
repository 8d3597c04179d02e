package camera

import (
	"context"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
)

// Driver makes a driver of cameras. The context that open sees lives as long as
// the device. C is the configuration, a tagged struct (package config).
func Driver[C any](name string, open func(context.Context, sdk.Env, C) (Camera, error)) sdk.Driver {
	return class.Define(class.Class[Camera]{Name: "camera", Run: run}, name, open)
}

func run(c Camera, ctx context.Context, report class.Reporter) error {
	return c.Run(ctx, Report{Presence: report.Presence, Interaction: report.Interaction})
}
