package class

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// Processing is what a payment processor can do, as its plugin declares it.
// Vendors know it as payment.Capabilities. The host does nothing that it does
// not cover, and refuses a store whose policy needs more; so it must be what the
// processor promises, not what mostly works.
type Processing struct {
	// KeyWindow is for how long a key stands for one movement, from when it was
	// first asked for. After it the same key may move money again.
	KeyWindow time.Duration
	// SavesErrors says that a failure of the processor's own, too, is given again
	// under its key, for as long as the key lasts: asking again can't mend it. A
	// decline always is.
	SavesErrors bool
	// LookupByKey and LookupByReference are how Lookup finds a movement whose
	// answer was lost: by its key, or by the reference of the hold or capture
	// that it acted on.
	LookupByKey, LookupByReference bool
	// SettlingDelay is how old a movement may be that Lookup does not find.
	SettlingDelay time.Duration
	// HoldLifetime is how long a hold lasts at the least, whatever the card.
	// HoldLifetimes are those of networks whose holds last longer.
	HoldLifetime  time.Duration
	HoldLifetimes []NetworkLifetime
	// PartialCapture: less than the hold may be captured, and the rest is
	// released. MultipleCapture: a hold may be captured in several parts.
	PartialCapture, MultipleCapture bool
	// OverCapture is how much above the hold may be captured, as a share of it,
	// with nobody asked again.
	OverCapture measure.Probability
	// Increment: a hold can be raised to a new total (payment.Increaser).
	Increment bool
	// VoidAfterCapture: what a capture left of a hold can be released by Void.
	VoidAfterCapture bool
	// PartialRefund: less than was captured can be given back, and more than
	// once, up to what was captured.
	PartialRefund bool
	// RefundWindow is how long after its capture money can be given back; zero
	// is never.
	RefundWindow time.Duration
}

// NetworkLifetime is how long a hold on one network's cards lasts.
type NetworkLifetime struct {
	// Network is its name in small letters, such as "visa".
	Network  string
	Lifetime time.Duration
}

// The bounds of Processing.
const (
	// MaxKeyWindow and MaxRefundWindow stand for "for ever", too.
	MaxKeyWindow     = 10 * 365 * 24 * time.Hour
	MaxRefundWindow  = MaxKeyWindow
	MaxSettlingDelay = 24 * time.Hour
	MinHoldLifetime  = time.Minute
	MaxHoldLifetime  = 365 * 24 * time.Hour
	// MaxNetworks is the most of HoldLifetimes, MaxNetworkName the bytes of a
	// network's name.
	MaxNetworks    = 32
	MaxNetworkName = 32
)

// Check says what is wrong with the declaration. It comes from a plugin.
func (p Processing) Check() error {
	for _, d := range []struct {
		name        string
		is          time.Duration
		least, most time.Duration
	}{
		{"KeyWindow", p.KeyWindow, 0, MaxKeyWindow}, {"SettlingDelay", p.SettlingDelay, 0, MaxSettlingDelay},
		{"HoldLifetime", p.HoldLifetime, MinHoldLifetime, MaxHoldLifetime}, {"RefundWindow", p.RefundWindow, 0, MaxRefundWindow},
	} {
		if d.is < d.least || d.is > d.most {
			return fmt.Errorf("%s is %v; it may be %v to %v", d.name, d.is, d.least, d.most)
		}
	}
	if p.OverCapture < 0 || p.OverCapture > measure.Certain {
		return fmt.Errorf("OverCapture is %v; it may be 0 %% to 100 %%", p.OverCapture)
	}
	if p.PartialRefund && p.RefundWindow == 0 {
		return errors.New("PartialRefund without a RefundWindow: nothing can be given back after no time")
	}
	return p.checkNetworks()
}

func (p Processing) checkNetworks() error {
	if len(p.HoldLifetimes) > MaxNetworks {
		return fmt.Errorf("%d HoldLifetimes; the limit is %d", len(p.HoldLifetimes), MaxNetworks)
	}
	seen := map[string]bool{}
	for _, n := range p.HoldLifetimes {
		switch {
		case !NetworkName(n.Network):
			return fmt.Errorf("network %.40q: a name has small letters, digits and _, at most %d", n.Network, MaxNetworkName)
		case seen[n.Network]:
			return fmt.Errorf("network %q is there twice", n.Network)
		case n.Lifetime < p.HoldLifetime || n.Lifetime > MaxHoldLifetime:
			return fmt.Errorf("network %q holds for %v; it may be HoldLifetime, %v, to %v", n.Network, n.Lifetime, p.HoldLifetime, MaxHoldLifetime)
		}
		seen[n.Network] = true
	}
	return nil
}

// NetworkName reports whether s may name a network.
func NetworkName(s string) bool {
	return s != "" && len(s) <= MaxNetworkName && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
