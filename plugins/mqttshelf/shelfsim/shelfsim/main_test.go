package main

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/plugins/mqttshelf/shelfsim"
)

// What can't be done is said before anything is published.
func TestOrders(t *testing.T) {
	for _, c := range []struct{ line, problem string }{
		{"", ""}, {"mute off", ""}, {"ahead 24h", ""}, {"ahead soon", "no duration"}, {"3 345", "no bay from 1 to 2"}, {"0 345", "no bay"}, {"1 much", "no number of grams"},
		{"telemetry volts x", "no number"}, {"fly", "no order"},
	} {
		err := order(&shelfsim.Controller{}, 2, strings.Fields(c.line))
		if (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q: %v", c.line, err)
		}
	}
	if err := run(shelfsim.Options{}, strings.NewReader(""), &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "one bay at least") {
		t.Errorf("no bays: %v", err)
	}
}
