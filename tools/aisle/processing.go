package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/storedef"
)

// abilities is what a processor can do, in one phrase each.
func abilities(p storedef.Processing) []string {
	out := []string{"keep a key for " + long(p.KeyWindow)}
	if p.SavesErrors {
		out[0] += ", its own failures included"
	}
	switch {
	case p.LookupByKey && p.LookupByReference:
		out = append(out, "look up by key and by reference"+after(p.SettlingDelay))
	case p.LookupByKey:
		out = append(out, "look up by key"+after(p.SettlingDelay))
	case p.LookupByReference:
		out = append(out, "look up by reference alone"+after(p.SettlingDelay))
	default:
		out = append(out, "look up nothing")
	}
	hold := "hold for " + long(p.HoldLifetime)
	for _, n := range p.HoldLifetimes {
		hold += fmt.Sprintf(", %s for %s", n.Network, long(n.Lifetime))
	}
	return append(out, hold, "capture "+strings.Join(captures(p), ", "), "refund "+refunds(p))
}

func after(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ", " + long(d) + " later"
}

func captures(p storedef.Processing) []string {
	out := []string{"the hold"}
	if p.PartialCapture {
		out[0] = "part of the hold"
	}
	for _, c := range []struct {
		can  bool
		what string
	}{
		{p.MultipleCapture, "in several parts"}, {p.Increment, "more once the hold is raised"},
		{p.OverCapture > 0, fmt.Sprintf("up to %v above the hold", p.OverCapture)}, {p.VoidAfterCapture, "and release the rest later"},
	} {
		if c.can {
			out = append(out, c.what)
		}
	}
	return out
}

func refunds(p storedef.Processing) string {
	switch {
	case p.RefundWindow == 0:
		return "nothing"
	case p.PartialRefund:
		return "all or part, for " + long(p.RefundWindow)
	}
	return "all at once, for " + long(p.RefundWindow)
}

// long writes a duration that may be of days.
func long(d time.Duration) string {
	const day = 24 * time.Hour
	days := d / day
	rest := d % day
	if days < 2 {
		return clock(d)
	}
	if rest == 0 {
		return fmt.Sprintf("%d days", days)
	}
	return fmt.Sprintf("%d days %s", days, long(rest))
}

// clock writes a duration without the units that are zero.
func clock(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
