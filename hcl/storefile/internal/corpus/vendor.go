package corpus

import (
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/config"
)

// Vendor is one of everything: the schemas that the cases are checked with.
type Vendor struct{}

func ptr(n int64) *int64 { return &n }

// Drivers lists what the plugin "acme" has.
func (Vendor) Drivers(plugin string) ([]string, bool) {
	if plugin != "acme" {
		return nil, false
	}
	return []string{"gate", "reader", "lane", "shelf", "camera", "processor", "brief", "forgetful"}, true
}

// Version gives what the plugins say they are of.
func (Vendor) Version(plugin string) (string, bool) {
	return map[string]string{"acme": "1.4.2", "broken": "newest"}[plugin], plugin == "acme" || plugin == "broken"
}

// Processing gives what the processors can do.
func (Vendor) Processing(_, driver string) (storedef.Processing, bool) {
	p := storedef.DefaultProcessing()
	p.HoldLifetimes = []storedef.NetworkLifetime{{Network: "amex", Lifetime: 30 * storedef.Day}}
	p.SettlingDelay, p.OverCapture = time.Minute, 100_000
	switch driver {
	case "processor":
	case "brief": // its promises are short
		p.HoldLifetime, p.KeyWindow = 28*time.Hour, 20*time.Hour
	case "forgetful": // it finds no key, and its errors are for ever
		p.LookupByKey, p.SavesErrors = false, true
	default:
		return p, false
	}
	return p, true
}

// Driver gives a driver's schema and contract.
func (Vendor) Driver(plugin, driver string) (config.Schema, string, bool) {
	addr := config.Attribute{Name: "addr", Type: config.TypeString, Doc: "The address of the device."}
	switch driver {
	case "gate":
		return config.Schema{Attributes: []config.Attribute{addr}}, "gate", true
	case "reader":
		return config.Schema{}, "credential", true
	case "camera":
		return config.Schema{}, "camera", true
	case "lane":
		addr.Required = true
		return config.Schema{
			Attributes: []config.Attribute{addr},
			Blocks: []config.Block{{Name: "antenna", Least: 1, Schema: config.Schema{Attributes: []config.Attribute{
				{Name: "port", Type: config.TypeInteger, Required: true, Doc: "LLRP AntennaID."},
				{Name: "power", Type: config.TypeInteger, Max: ptr(33), Default: []byte("30")},
			}}}},
		}, "rfid", true
	case "shelf":
		return config.Schema{Attributes: []config.Attribute{
			addr,
			{Name: "rate", Type: config.TypeInteger, Min: ptr(1), Max: ptr(200), Default: []byte("60")},
			{Name: "settle", Type: config.TypeDuration, Default: []byte("800000000")},
			{Name: "tare", Type: config.TypeMass},
			{Name: "filter", Type: config.TypeString, OneOf: []string{"mean", "median"}},
			{Name: "tags", Type: config.TypeStringList},
			{Name: "labels", Type: config.TypeStringMap},
			{Name: "loud", Type: config.TypeBool},
			{Name: "gain", Type: config.TypeNumber},
		}}, "shelf", true
	case "processor", "brief", "forgetful":
		return config.Schema{Attributes: []config.Attribute{
			{Name: "api_key", Type: config.TypeString, Required: true, Sensitive: true}, {Name: "base_url", Type: config.TypeString},
		}}, "payment", true
	}
	return config.Schema{}, "", false
}
