package main

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/tools/hil"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_GPIO_TEST_SERVE"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(servedEnv) != "":
		sdk.Serve(plugin())
	case os.Getenv(spiEnv) != "":
		serveSPI()
	case hil.Guest(): // go-plugin's client leaves goroutines of plugins that were killed
		os.Exit(m.Run())
	default:
		goleak.VerifyTestMain(m)
	}
}

// All drivers are described, with their class and a word for the integrator.
func TestDescribes(t *testing.T) {
	d, err := classtest.InProcess(t, plugin()).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, class := range map[string]string{"relay_gate": "gate", "beams": "gate", "wiegand": "credential", "nau7802": "shelf", "hx711": "shelf", "mfrc522": "credential"} {
		if got, ok := d.Driver(name); !ok || got.Class != class || got.Doc == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Where a node is missing, or is another one, that is told at its attribute.
func TestNoDevice(t *testing.T) {
	for _, c := range []struct{ driver, config, path, says string }{
		{"wiegand", `{"chip":"/dev/gpiochip99","d0":1,"d1":2,"token_key":"a store's own key"}`, "chip", "this machine has none"},
		{"wiegand", `{"chip":"/dev/null","d0":1,"d1":2,"token_key":"a store's own key"}`, "chip", "it answers no question about lines"},
		{"hx711", `{"bay":[{"chip":"/dev/gpiochip99","clock":1,"data":2,"grams":1}]}`, "bay[0].chip", "gpiochip99"},
		{"nau7802", `{"bay":[{"bus":"/dev/i2c-99","grams":1}]}`, "bay[0].bus", "open /dev/i2c-99"},
		{"mfrc522", `{"port":"/dev/spidev9.9","token_key":"a store's own key"}`, "port", "open /dev/spidev9.9"},
	} {
		for _, d := range plugin().Drivers {
			if d.Name != c.driver {
				continue
			}
			_, err := d.Open(t.Context(), sdk.Env{}, []byte(c.config))
			if err == nil || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s %s: %v at %q", c.driver, c.config, err, fault.PathOf(err))
			}
		}
	}
}
