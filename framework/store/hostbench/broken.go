package hostbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// broken starts 20 plugins of which one is broken, in six ways.
func (b *bench) broken(ctx context.Context) error {
	const fleet, most = 20, 5000.0
	rubbish := filepath.Join(b.dir, "corrupt")
	if err := os.WriteFile(rubbish, []byte("\x7fELF and then nothing of the kind"), 0o700); err != nil { //nolint:gosec // a program
		return err
	}
	worst, unnamed := 0.0, 0.0
	ways := []struct{ name, path, animal string }{
		{"missing", filepath.Join(b.dir, "none"), ""}, {"corrupt", rubbish, ""}, {"crash at start", "", "exit at start"},
		{"hang at start", "", "hang at start"}, {"rubbish on stdout", "", "rubbish first"}, {"wrong version", "", "other contract"},
	}
	for _, way := range ways {
		members := []member{{name: "broken", animal: way.animal, devices: 1}}
		for n := range fleet - 1 {
			members = append(members, member{name: fmt.Sprintf("whole%d", n), animal: "idle", devices: 1})
		}
		o := options{}
		if way.path != "" {
			o.path = map[string]string{"broken": way.path}
		}
		r, err := b.rig(o, members...)
		if err != nil {
			return err
		}
		at := time.Now()
		r.start()
		err = r.ready(ctx, fleet-1)
		worst = max(worst, float64(time.Since(at))/1e6)
		told := ""
		if err == nil {
			if e := r.devices.Opened(ctx); e != nil {
				told = e.Error()
			}
			if !strings.Contains(told, `"broken"`) || !strings.Contains(told, "weight_shelf.broken_0") {
				unnamed++
				b.Progress(way.name + " does not name plugin and device: " + told)
			}
		}
		if e := r.stop(); err == nil {
			err = e
		}
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	b.emit(Row{Key: "broken", Name: "19 of 20 READY beside a broken one, worst", Value: worst, Unit: "ms", Limit: most, Of: len(ways)})
	b.emit(Row{Key: "broken", Name: "errors that don't name plugin and device", Value: unnamed, Unit: "errors", Of: len(ways),
		Note: "the line of the store file is package store's"})
	return nil
}
