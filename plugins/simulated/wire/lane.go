package main

import (
	"context"
	"encoding/json"

	"github.com/openaisle/aisle/plugins/llrp/llrptest"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// laneHardware is an RFID reader with antennas along a lane.
type laneHardware struct{ reader *llrptest.Reader }

func newLane(w laneWiring) *laneHardware {
	return &laneHardware{llrptest.New(llrptest.Options{Antennas: w.Antennas, Maker: llrptest.Impinj})}
}

// sensed carries a tag past the antennas.
func (l *laneHardware) sensed(m wire.ToClient) error {
	var t observe.Tag
	if m.Kind != observe.KindTag.String() {
		return nil
	}
	if err := json.Unmarshal(m.Report, &t); err != nil {
		return err
	}
	l.reader.Through(t.EPC, t.Direction == observe.DirectionIn)
	return nil
}

func (l *laneHardware) run(ctx context.Context, _ *line) error {
	<-ctx.Done()
	return ctx.Err()
}
