package classtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
)

// mistyped has a struct tag with a typo, "mn" for "min".
type mistyped struct {
	Beep string `aisle:"beep,mn=10ms"`
}

// A plugin that can't be served says why, and nobody waits for it.
func TestInProcessFailsWithTheReason(t *testing.T) {
	open := func(context.Context, sdk.Env, mistyped) (gate.Gate, error) { return nil, errors.New("never opened") }
	for name, c := range map[string]struct {
		plugin sdk.Plugin
		says   string
	}{
		"a tag with a typo": {sdk.Plugin{Name: "acme/turngate", Version: "1.0.0",
			Drivers: []sdk.Driver{gate.Driver("turngate", open)}}, "mn"},
		"no drivers": {sdk.Plugin{Name: "acme/turngate", Version: "1.0.0"}, "at least one driver"},
		"no version": {sdk.Plugin{Name: "acme/turngate"}, "a name and a version"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			var done sync.WaitGroup
			done.Go(func() {
				defer r.cleanup()
				InProcess(r, c.plugin)
			})
			done.Wait()
			if !r.Failed() || !strings.Contains(r.text(), c.says) || !strings.Contains(r.text(), c.plugin.Name) {
				t.Errorf("failed %v, said %q; want the plugin and %q", r.Failed(), r.text(), c.says)
			}
		})
	}
}
