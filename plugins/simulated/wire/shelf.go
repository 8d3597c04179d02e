package main

import (
	"context"
	"encoding/json"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/measure"
)

// shelfHardware is what weighs the bays of a shelf.
type shelfHardware struct {
	// show shows a load, which was another before.
	show func(bay int, now, before measure.Mass)
	last map[int]measure.Mass
}

func newShelf(show func(bay int, now, before measure.Mass)) *shelfHardware {
	return &shelfHardware{show: show, last: map[int]measure.Mass{}}
}

func (s *shelfHardware) sensed(m wire.ToClient) error {
	var l wire.Load
	if m.Kind != wire.KindLoad {
		return nil
	}
	if err := json.Unmarshal(m.Report, &l); err != nil {
		return err
	}
	s.show(l.Bay, l.Mass, s.last[l.Bay])
	s.last[l.Bay] = l.Mass
	return nil
}

func (s *shelfHardware) run(ctx context.Context, _ *line) error {
	<-ctx.Done()
	return ctx.Err()
}

func grams(m measure.Mass) float64 { return float64(m) / float64(measure.Gram) }
