package agent

import (
	"strings"
	"testing"
	"time"
)

// A certificate is due from 30 days before its end; one whose end nobody knows is
// not.
func TestRenewals(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	near, far := now.Add(RenewWithin), now.Add(RenewWithin+time.Second)
	for name, c := range map[string]struct {
		agents, own time.Time
		want        []string
	}{
		"unknown": {want: nil},
		"far":     {far, far, nil},
		"agent's": {near, far, []string{"enroll back"}},
		"host's":  {far, near, []string{"agent init"}},
		"both":    {near, near.Add(-RenewWithin * 2), []string{"enroll back", "agent init"}},
	} {
		got := renewals(now, "back", c.agents, c.own)
		if (got == "") != (len(c.want) == 0) {
			t.Errorf("%s: %q", name, got)
		}
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q", name, got)
			}
		}
	}
}
