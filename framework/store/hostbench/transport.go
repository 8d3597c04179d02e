package hostbench

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/evidencebench"
)

// transportRounds is how often each side is measured, in turns.
const transportRounds = 9

// transport measures the wire against bare sockets in the same run: each value
// is the ratio of the two.
func (b *bench) transport(ctx context.Context) (err error) {
	sup := supervisor.New(&supervisor.Options{RunDir: b.dir, Log: slog.New(slog.DiscardHandler)})
	defer func() {
		if e := sup.Close(); err == nil {
			err = e
		}
	}()
	return evidencebench.Wire(ctx, sup, transportRounds, func(r evidencebench.Row) {
		b.emit(Row{Key: "transport", Name: r.Name + " over " + r.Of, Value: r.Ratio, Unit: "times", Limit: r.Goal, More: r.AtLeast, Printed: r.Goal == 0, Of: transportRounds,
			Note: fmt.Sprintf("%.4g against %.4g %s", r.Value, r.Limit, r.Unit)})
	})
}
