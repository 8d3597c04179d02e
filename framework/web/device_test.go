package web_test

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/view/viewtest"
	"github.com/openaisle/aisle/framework/web"
)

// A device's line says that it has no power, why it does not serve, and what
// its plugin is not kept from; of what is as it should be it says nothing.
func TestDeviceLine(t *testing.T) {
	d := viewtest.Store().Devices[0]
	down := event.DeviceChanged{Device: d.Address, Epoch: 1, State: event.StateOffline, Cause: "the fuse is out", Power: event.PowerOff, At: viewtest.Start}
	j := journal.Memory()
	var tell viewtest.Teller
	tell.Tell(event.Adopted{Definition: event.Definition{Store: viewtest.Store(), Digest: "d1"}}, down)
	viewtest.Append(t, j, tell.Records...)
	asked := map[string]bool{}
	page := get(web.New(viewtest.View(t, j), web.Options{Isolation: func(plugin string) string {
		asked[plugin] = true
		if plugin == d.Plugin {
			return "network missing"
		}
		return ""
	}, Lines: func() []string { return []string{"Agent <back> can't be reached"} }}), "/").Body.String()
	_, line, found := strings.Cut(page, `id="d-`+d.Address+`"`)
	line, _, _ = strings.Cut(line, "</li>")
	if !found || !asked[d.Plugin] {
		t.Fatalf("no line of %s, asked of %v", d.Address, asked)
	}
	for _, want := range []string{"power off", "the fuse is out", "not isolated: network missing"} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in %s", want, line)
		}
	}
	if !strings.Contains(page, "Agent &lt;back&gt; can&#39;t be reached") {
		t.Error("nothing of the agent")
	}
	if strings.Count(page, "power off") != 1 {
		t.Error("others have no power either")
	}
}
