package class_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/class"
)

func TestNeeds(t *testing.T) {
	long := "/" + strings.Repeat("x", class.MaxNeed-1)
	for _, c := range []struct {
		name string
		n    class.Needs
		ok   bool
	}{
		{"none", class.Needs{}, true},
		{"all", class.Needs{Dial: []string{"api.example.com:443", "*:502", "10.0.0.1:80", "[fe80::1]:80"}, Listen: []string{":5084"},
			Devices: []string{"/dev/ttyUSB*", "/dev/video[0-9]"}, Read: []string{"/etc/ssl/certs"}, Write: []string{"/var/lib/acme"}}, true},
		{"no port", class.Needs{Dial: []string{"api.example.com"}}, false},
		{"port 0", class.Needs{Dial: []string{"a:0"}}, false},
		{"port 65536", class.Needs{Dial: []string{"a:65536"}}, false},
		{"named port", class.Needs{Dial: []string{"a:http"}}, false},
		{"no host", class.Needs{Dial: []string{":80"}}, false},
		{"host of hosts file", class.Needs{Dial: []string{"a\n1.2.3.4 b:80"}}, false},
		{"empty label", class.Needs{Dial: []string{"a..b:80"}}, false},
		{"long label", class.Needs{Dial: []string{strings.Repeat("a", 64) + ":80"}}, false},
		{"pattern", class.Needs{Dial: []string{"*.example.com:80"}}, false},
		{"listen on a host", class.Needs{Listen: []string{"0.0.0.0:80"}}, false},
		{"device elsewhere", class.Needs{Devices: []string{"/etc/passwd"}}, false},
		{"device by detour", class.Needs{Devices: []string{"/dev/../etc/passwd"}}, false},
		{"bad glob", class.Needs{Devices: []string{"/dev/tty[a"}}, false},
		{"relative", class.Needs{Read: []string{"etc"}}, false},
		{"not clean", class.Needs{Write: []string{"/var//lib"}}, false},
		{"control character", class.Needs{Read: []string{"/a\nb"}}, false},
		{"longest", class.Needs{Read: []string{long}}, true},
		{"too long", class.Needs{Read: []string{long + "x"}}, false},
		{"most", class.Needs{Listen: slices.Repeat([]string{":80"}, class.MaxNeeds)}, true},
		{"too many", class.Needs{Listen: slices.Repeat([]string{":80"}, class.MaxNeeds+1)}, false},
	} {
		if err := c.n.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestPowerNames(t *testing.T) {
	for p, want := range map[class.Power]string{class.PowerUnknown: "unknown", class.PowerOnline: "online", class.PowerOff: "off",
		class.PowerOffline: "offline", class.PowerOffOffline: "off_offline", 9: "unknown"} {
		if p.String() != want {
			t.Errorf("%d is %q, want %q", p, p, want)
		}
	}
}
