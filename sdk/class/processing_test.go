package class_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/measure"
)

func TestProcessing(t *testing.T) {
	networks := func(n int) (all []class.NetworkLifetime) {
		for i := range n {
			all = append(all, class.NetworkLifetime{Network: fmt.Sprint("net", i), Lifetime: time.Hour})
		}
		return all
	}
	for _, c := range []struct {
		name   string
		change func(*class.Processing)
		ok     bool
	}{
		{"least", func(p *class.Processing) { *p = class.Processing{HoldLifetime: class.MinHoldLifetime} }, true},
		{"nothing", func(p *class.Processing) { *p = class.Processing{} }, false},
		{"longest key", func(p *class.Processing) { p.KeyWindow = class.MaxKeyWindow }, true},
		{"key too long", func(p *class.Processing) { p.KeyWindow = class.MaxKeyWindow + 1 }, false},
		{"key before", func(p *class.Processing) { p.KeyWindow = -1 }, false},
		{"slowest", func(p *class.Processing) { p.SettlingDelay = class.MaxSettlingDelay }, true},
		{"too slow", func(p *class.Processing) { p.SettlingDelay = class.MaxSettlingDelay + 1 }, false},
		{"finds what is not asked yet", func(p *class.Processing) { p.SettlingDelay = -1 }, false},
		{"longest hold", func(p *class.Processing) { p.HoldLifetime = class.MaxHoldLifetime }, true},
		{"hold too long", func(p *class.Processing) { p.HoldLifetime = class.MaxHoldLifetime + 1 }, false},
		{"hold too short", func(p *class.Processing) { p.HoldLifetime = class.MinHoldLifetime - 1 }, false},
		{"double", func(p *class.Processing) { p.OverCapture = measure.Certain }, true},
		{"more than double", func(p *class.Processing) { p.OverCapture = measure.Certain + 1 }, false},
		{"less than the hold", func(p *class.Processing) { p.OverCapture = -1 }, false},
		{"refunds for ever", func(p *class.Processing) { p.RefundWindow = class.MaxRefundWindow }, true},
		{"refunds beyond", func(p *class.Processing) { p.RefundWindow = class.MaxRefundWindow + 1 }, false},
		{"partial refund of nothing", func(p *class.Processing) { p.PartialRefund = true }, false},
		{"most networks", func(p *class.Processing) { p.HoldLifetimes = networks(class.MaxNetworks) }, true},
		{"too many networks", func(p *class.Processing) { p.HoldLifetimes = networks(class.MaxNetworks + 1) }, false},
		{"network twice", func(p *class.Processing) { p.HoldLifetimes = append(networks(1), networks(1)...) }, false},
		{"network shorter than the least", func(p *class.Processing) {
			p.HoldLifetimes = []class.NetworkLifetime{{Network: "visa", Lifetime: time.Hour - 1}}
		}, false},
		{"network too long", func(p *class.Processing) {
			p.HoldLifetimes = []class.NetworkLifetime{{Network: "visa", Lifetime: class.MaxHoldLifetime + 1}}
		}, false},
		{"network without name", func(p *class.Processing) { p.HoldLifetimes = []class.NetworkLifetime{{Lifetime: time.Hour}} }, false},
		{"network in capitals", func(p *class.Processing) {
			p.HoldLifetimes = []class.NetworkLifetime{{Network: "Visa", Lifetime: time.Hour}}
		}, false},
		{"longest name", func(p *class.Processing) {
			p.HoldLifetimes = []class.NetworkLifetime{{Network: strings.Repeat("n", class.MaxNetworkName), Lifetime: time.Hour}}
		}, true},
		{"name too long", func(p *class.Processing) {
			p.HoldLifetimes = []class.NetworkLifetime{{Network: strings.Repeat("n", class.MaxNetworkName+1), Lifetime: time.Hour}}
		}, false},
	} {
		p := class.Processing{HoldLifetime: time.Hour}
		c.change(&p)
		if err := p.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
