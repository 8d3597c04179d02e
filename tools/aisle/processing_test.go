package main

import (
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
)

func TestAbilities(t *testing.T) {
	for _, c := range []struct {
		can  storedef.Processing
		want string
	}{
		{storedef.Processing{HoldLifetime: time.Hour}, "keep a key for 0s; look up nothing; hold for 1h; capture the hold; refund nothing"},
		{storedef.Processing{
			KeyWindow: 24 * time.Hour, SavesErrors: true, LookupByKey: true, LookupByReference: true, SettlingDelay: time.Minute,
			HoldLifetime: 114 * time.Hour, HoldLifetimes: []storedef.NetworkLifetime{{Network: "amex", Lifetime: 168 * time.Hour}},
			PartialCapture: true, MultipleCapture: true, OverCapture: 100_000, Increment: true, VoidAfterCapture: true,
			PartialRefund: true, RefundWindow: 180 * 24 * time.Hour,
		}, "keep a key for 24h, its own failures included; look up by key and by reference, 1m later; hold for 4 days 18h, amex for 7 days; " +
			"capture part of the hold, in several parts, more once the hold is raised, up to 10 % above the hold, and release the rest later; " +
			"refund all or part, for 180 days"},
		{storedef.Processing{LookupByReference: true, HoldLifetime: time.Hour, RefundWindow: 90 * time.Minute},
			"keep a key for 0s; look up by reference alone; hold for 1h; capture the hold; refund all at once, for 1h30m"},
		{storedef.Processing{LookupByKey: true, HoldLifetime: 48 * time.Hour}, "keep a key for 0s; look up by key; hold for 2 days; capture the hold; refund nothing"},
	} {
		if got := strings.Join(abilities(c.can), "; "); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
