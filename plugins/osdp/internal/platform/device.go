package platform

import (
	"context"
	"fmt"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/internal/panel"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// device is what all have.
type device struct{ *panel.Station }

// Identity is what the peripheral says that it is.
func (d device) Identity() sdk.Identity {
	i, ok := d.Station.Identity()
	if !ok {
		return sdk.Identity{}
	}
	return sdk.Identity{
		Model:        fmt.Sprintf("%x model %d version %d", i.Vendor, i.Model, i.Version),
		SerialNumber: fmt.Sprint(i.Serial),
		Firmware:     fmt.Sprintf("%d.%d.%d", i.Firmware[0], i.Firmware[1], i.Firmware[2]),
	}
}

// Close leaves the line.
func (d device) Close() error {
	d.Leave()
	return nil
}

var errDeaf = fault.New(fault.Unavailable, "more came from the peripheral than was taken")

// beep sounds the buzzer of a reader that has one. That it can't is no trouble.
func (d device) beep(ctx context.Context, reader byte) {
	if d.Can()[osdp.FuncBuzzer].Level > 0 {
		_ = d.Do(ctx, osdp.Buzzer, osdp.Beep(reader, 1, 1))
	}
}
