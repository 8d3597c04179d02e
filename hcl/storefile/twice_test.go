package storefile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/config"
)

// wires is a vendor whose lanes are on a network.
type wires struct{ acme }

func (wires) Driver(plugin, driver string) (config.Schema, string, bool) {
	if driver != "shelf" {
		return acme{}.Driver(plugin, driver)
	}
	return config.Schema{Attributes: []config.Attribute{
		{Name: "addr", Type: config.TypeString, Access: config.AccessDial},
		{Name: "port", Type: config.TypeString, Access: config.AccessDevice},
		{Name: "usb_serial", Type: config.TypeString, Access: config.AccessUSB},
		{Name: "map", Type: config.TypeString, Access: config.AccessRead},
		{Name: "rate", Type: config.TypeInteger, Default: []byte("60")},
		{Name: "key", Type: config.TypeString, Sensitive: true},
		{Name: "answer", Type: config.TypeDuration, Default: []byte("1000000000")},
	}, Blocks: []config.Block{{Name: "cell", Schema: config.Schema{Attributes: []config.Attribute{
		{Name: "register", Type: config.TypeInteger},
		{Name: "division", Type: config.TypeMass, Default: []byte("1000")},
	}}}}}, "shelf", true
}

// A block that was copied and its address left is told of at the address of the copy.
func TestSameDevice(t *testing.T) {
	for _, c := range []struct {
		name, one, other string
		want             bool
	}{
		{"one address", `addr = "10.0.0.1:1"`, `addr = "10.0.0.1:1"`, true},
		{"one node", `port = "/dev/ttyUSB0"`, `port = "/dev/ttyUSB0"`, true},
		{"one on USB", `usb_serial = "A1"`, `usb_serial = "A1"`, true},
		{"a default that is written", `addr = "10.0.0.1:1"`, "addr = \"10.0.0.1:1\"\nrate = 60", true},
		{"one secret", "addr = \"10.0.0.1:1\"\nkey = secret(\"env:K\")", "addr = \"10.0.0.1:1\"\nkey = secret(\"env:K\")", true},
		{"another timeout", `addr = "10.0.0.1:1"`, "addr = \"10.0.0.1:1\"\nanswer = \"2s\"", true},
		{"another division", "addr = \"10.0.0.1:1\"\ncell {\n register = 1\n division = \"2 g\"\n}", "addr = \"10.0.0.1:1\"\ncell {\n register = 1\n division = \"5 g\"\n}", true},
		{"another register", "addr = \"10.0.0.1:1\"\ncell {\n register = 1\n}", "addr = \"10.0.0.1:1\"\ncell {\n register = 2\n}", false},
		{"two addresses", `addr = "10.0.0.1:1"`, `addr = "10.0.0.2:1"`, false},
		{"one line, shared", "addr = \"10.0.0.1:1\"\nrate = 50", "addr = \"10.0.0.1:1\"\nrate = 70", false},
		{"a simulated world", `addr = "unix:/run/world"`, `addr = "unix:/run/world"`, false},
		{"a file that both read", `map = "/a"`, `map = "/a"`, false},
		{"known when the store runs", `addr = peer.world.address`, `addr = peer.world.address`, false},
	} {
		dir := store(t, map[string]string{"two.hcl": fmt.Sprintf(`
weight_shelf "one" {
  driver = acme.shelf
  zone   = zone.drinks
  config {
%s
  }
}
weight_shelf "two" {
  driver = acme.shelf
  zone   = zone.drinks
  config {
%s
  }
}
`, c.one, c.other)})
		_, ps := Load(dir, &Options{Schemas: wires{}, Secrets: noSecret})
		got := false
		for _, p := range ps {
			if p.Severity == Error {
				t.Fatalf("%s: %v", c.name, p)
			}
			if p.Code == "same_device" {
				got = true
				if p.Line != 13+strings.Count(c.one, "\n") || !strings.Contains(p.Summary, "weight_shelf.two is the same device as weight_shelf.one") {
					t.Errorf("%s: %v", c.name, p)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: warned %v", c.name, got)
		}
	}
}
