package storefile

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
)

const down = `
agent "back" {
  address = "10.0.0.5:7443"
}

plugin "remote" {
  source    = "./remote"
  isolation = "auto"
  agent     = agent.back
}

camera "ceiling" {
  driver    = remote.camera
  zone      = zone.drinks
  when_down = "close_entry"
}

camera "floor" {
  driver = acme.camera
  zone   = zone.drinks
}

failure {
  entry   = "close_entry"
  camera  = "degrade"
  payment = "offline"
}
`

// What a store does while a device is down: what its block says, else what is
// said for its class, else the default.
func TestFailure(t *testing.T) {
	src := read(t, "testdata/base.hcl")
	const hold, offline = `hold      = "15.00 EUR"`, "\n  offline {\n    per_sale = \"150.00 EUR\"\n    total = \"75000.00 EUR\"\n    for = \"24h\"\n  }"
	dir := t.TempDir()
	write(t, dir, "base.hcl", replaced(t, replaced(t, src, hold, hold+offline), `currency = "EUR"`, "currency = \"EUR\"\n  isolation = \"required\""))
	write(t, dir, "down.hcl", down)
	d, ps := Load(dir, nil)
	if len(ps) > 0 {
		t.Fatal(ps)
	}
	x := storedef.NewIndex(d.Store)
	for address, want := range map[string]storedef.Reaction{
		"camera.ceiling": storedef.ReactCloseEntry, "camera.floor": storedef.ReactDegrade, "gate.north": storedef.ReactCloseEntry,
		"weight_shelf.cooler": storedef.ReactDoubt, "credential_reader.door": storedef.ReactDegrade, "payment.cards": storedef.ReactOffline,
	} {
		if got := x.Reaction(x.Device(address)); got != want {
			t.Errorf("%s down: %q, want %q", address, got, want)
		}
	}
	if want := (storedef.Offline{PerSale: money.New(15000, "EUR"), Total: money.New(7_500_000, "EUR"), For: 24 * time.Hour}); *d.Store.Settlement.Offline != want {
		t.Errorf("offline %+v", *d.Store.Settlement.Offline)
	}
	if want := []storedef.Agent{{Name: "back", Address: "10.0.0.5:7443"}}; !reflect.DeepEqual(d.Store.Agents, want) {
		t.Errorf("agents %+v", d.Store.Agents)
	}
	remote := d.Store.Plugins[1]
	if remote.Agent != "back" || d.Store.IsolationOf(remote) != storedef.IsolationAuto || d.Store.IsolationOf(d.Store.Plugins[0]) != storedef.IsolationRequired {
		t.Errorf("plugins %+v", d.Store.Plugins)
	}
}

// A store that says nothing is as it was before it could: its definition
// encodes as it did, and every class has a default that charges nobody by guess.
func TestFailureUnsaid(t *testing.T) {
	d, ps := Load(store(t, nil), nil)
	if ps.HasErrors() {
		t.Fatal(ps)
	}
	if (d.Store.Failure != storedef.Failure{}) || d.Store.Settlement.Offline != nil || d.Store.Isolation != "" {
		t.Errorf("%+v %+v", d.Store.Failure, d.Store.Settlement)
	}
	for c, want := range map[storedef.Class]storedef.Reaction{
		storedef.ClassGate: storedef.ReactClosed, storedef.ClassWeightShelf: storedef.ReactDoubt, storedef.ClassCamera: storedef.ReactDegrade,
		storedef.ClassRFIDReader: storedef.ReactDegrade, storedef.ClassCredentialReader: storedef.ReactDegrade, storedef.ClassPayment: storedef.ReactCloseEntry,
	} {
		if got := d.Store.Failure.Of(c); got != want {
			t.Errorf("%s: %q, want %q", c, got, want)
		}
	}
}

func replaced(t *testing.T, s, old, now string) string {
	t.Helper()
	if strings.Count(s, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(s, old))
	}
	return strings.Replace(s, old, now, 1)
}
