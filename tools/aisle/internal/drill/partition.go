package drill

import (
	"context"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/supervisor/agent/agenttest"
)

// backAfterCut is how long devices have to serve again once the line to their
// agent is whole.
const backAfterCut = 5 * time.Second

// Partition is the failure of a line to an agent that is cut for a while: the
// devices of the plugin there are offline meanwhile and say why, no other feels
// it, the plugin goes on, and when the line is whole again its devices go on in
// the same opening with nothing lost. The line stays cut for at least as long as
// the host takes to notice.
func Partition(w *agenttest.Wire, plugin string, lasting time.Duration) Failure {
	return func(ctx context.Context, s *Store) (Deed, error) {
		before, ok := s.State.Plugin(plugin)
		if !ok {
			return Deed{}, fmt.Errorf("the store has no plugin %q", plugin)
		}
		deed := Deed{Name: fmt.Sprintf("the line to plugin %s was cut for %v", plugin, lasting), Touches: of(before), Keeps: true, Within: backAfterCut}
		if s.State.Engine.Sessions == 0 {
			return Deed{}, fmt.Errorf("nobody is inside")
		}
		over := time.After(lasting)
		w.Cut()
		mended := false
		defer func() {
			if !mended {
				w.Mend()
			}
		}()
		if err := s.until(ctx, func(now control.State) bool { return away(&now, plugin) }); err != nil {
			return deed, fmt.Errorf("%s: its devices are not offline with a cause: %w", deed.Name, err)
		}
		select {
		case <-over:
		case <-ctx.Done():
			return deed, context.Cause(ctx)
		}
		now, err := s.Client.State(ctx)
		if err != nil {
			return deed, err
		}
		if !away(&now, plugin) {
			return deed, fmt.Errorf("%s: its devices are no longer offline although it is cut", deed.Name)
		}
		deed.Felt = hurt(s.State, now, Deed{Name: deed.Name, Touches: deed.Touches})
		w.Mend()
		mended, deed.Over = true, time.Now()
		return deed, nil
	}
}

// away reports whether all devices of a plugin are offline and say why.
func away(s *control.State, plugin string) bool {
	found := false
	for _, d := range s.Devices {
		if d.Plugin != plugin {
			continue
		}
		if d.State != "offline" || d.Cause == "" {
			return false
		}
		found = true
	}
	return found
}
