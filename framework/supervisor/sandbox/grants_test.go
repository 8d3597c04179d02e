package sandbox

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// every is a schema with each access, in attributes and in blocks.
var every = config.Schema{
	Attributes: []config.Attribute{
		{Name: "name", Type: config.TypeString},
		{Name: "server", Type: config.TypeString, Access: config.AccessDial, Default: json.RawMessage(`"https://api.example.org"`)},
		{Name: "others", Type: config.TypeStringList, Access: config.AccessDial},
		{Name: "port", Type: config.TypeInteger, Access: config.AccessListen},
		{Name: "device", Type: config.TypeString, Access: config.AccessDevice},
		{Name: "usb_serial", Type: config.TypeString, Access: config.AccessUSB},
	},
	Blocks: []config.Block{
		{Name: "reader", Schema: config.Schema{Attributes: []config.Attribute{{Name: "file", Type: config.TypeString, Access: config.AccessRead}}}},
		{Name: "log", Most: 1, Schema: config.Schema{Attributes: []config.Attribute{{Name: "folder", Type: config.TypeString, Access: config.AccessWrite}}}},
	},
}

func TestGrantsOf(t *testing.T) {
	needs := host.Needs{Dial: []string{"gate.local:4001"}, Devices: []string{"/dev/ttyUSB*"}, Read: []string{"/etc/ssl/certs", "/usr/share/acme"}}
	for _, tt := range []struct {
		name, doc string
		want      Grants
	}{
		{"nothing but defaults", `{}`, Grants{Dial: []string{"api.example.org:443", "gate.local:4001"}, Devices: needs.Devices, Read: needs.Read}},
		{"each", `{"name":"10.0.0.1:1","server":"10.0.0.5:5084","others":["rtsp://cam/1","unix:///run/x.sock","[fe80::1]:9"],
			"port":8080,"device":"/dev/../dev/hidraw0","usb_serial":"LC 41","reader":[{"file":"/a"},{"file":"/b/"}],"log":{"folder":"/var/log/acme"}}`,
			Grants{
				Dial:   []string{"10.0.0.5:5084", "[fe80::1]:9", "cam:554", "gate.local:4001", "unix:/run/x.sock"},
				Listen: []string{":8080"}, Devices: []string{"/dev/hidraw0", "/dev/ttyUSB*"}, USB: []string{"LC 41"},
				Read: []string{"/a", "/b", "/etc/ssl/certs", "/usr/share/acme"}, Write: []string{"/var/log/acme"},
			}},
		{"empty values", `{"server":"","others":[],"device":"","reader":[],"log":{}}`,
			Grants{Dial: []string{"gate.local:4001"}, Devices: needs.Devices, Read: needs.Read}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, refused := GrantsOf(needs, []Configured{{"a.b", every, json.RawMessage(tt.doc)}, {"a.b", every, json.RawMessage(tt.doc)}}, Rules{})
			why := map[string]bool{}
			for _, g := range got.Why {
				why[g.From] = true
			}
			if got.Why = nil; refused != nil || !reflect.DeepEqual(got, tt.want) || !why[FromNeeds] {
				t.Errorf("got %+v, %v, from %v\nwant %+v", got, refused, why, tt.want)
			}
		})
	}
}

func TestGrantsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		needs     host.Needs
		says      string
	}{
		{"no port", `{"server":"10.0.0.5"}`, host.Needs{}, `server: "10.0.0.5" is no address`},
		{"port 0", `{"server":"10.0.0.5:0"}`, host.Needs{}, `"0" is no port`},
		{"a port that is too large", `{"port":65536}`, host.Needs{}, `port: "65536" is no port`},
		{"no host", `{"server":":80"}`, host.Needs{}, "is no address"},
		{"a relative path", `{"reader":[{"file":"a"}]}`, host.Needs{}, `reader[0].file: "a" is no absolute path`},
		{"the whole machine", `{"log":{"folder":"/x/.."}}`, host.Needs{}, "more of the machine"},
		{"processes", `{"reader":[{"file":"/proc/1/environ"}]}`, host.Needs{}, "more of the machine"},
		{"all devices", `{"device":"/dev"}`, host.Needs{}, "more of the machine"},
		{"no device", `{"device":"/etc/passwd"}`, host.Needs{}, "no device node"},
		{"no number", `{"usb_serial":" "}`, host.Needs{}, "no USB device's serial number"},
		{"the system's own", `{"reader":[{"file":"/sys/class"}]}`, host.Needs{}, "reader[0].file: read /sys/class is not granted to any plugin"},
		{"a manifest that wants all", `{}`, host.Needs{Write: []string{"/"}}, "more of the machine"},
		{"a manifest that wants secrets", `{}`, host.Needs{Read: []string{"/etc"}}, "more of the machine"},
		{"a manifest that wants root's", `{}`, host.Needs{Read: []string{"/root/.ssh"}}, "more of the machine"},
		{"a manifest that wants the shadow file", `{}`, host.Needs{Read: []string{"/etc/shadow"}}, "more of the machine"},
		{"a manifest that wants people's", `{}`, host.Needs{Read: []string{"/home/ann"}}, "more of the machine"},
		{"a manifest that wants a daemon's socket", `{}`, host.Needs{Write: []string{"/run/docker.sock"}}, "more of the machine"},
		{"a manifest that writes whom to trust", `{}`, host.Needs{Read: []string{"/etc/ssl/certs"}, Write: []string{"/etc/ssl/certs"}}, "more of the machine"},
		{"a manifest that is wrong", `{}`, host.Needs{Dial: []string{"x"}}, "the plugin's needs: dial"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, refused := GrantsOf(tt.needs, []Configured{{"a.b", every, json.RawMessage(tt.doc)}}, Rules{})
			if len(refused) != 1 || !strings.Contains(refused[0].Error(), tt.says) {
				t.Errorf("got %v, want %q", refused, tt.says)
			}
		})
	}
}

func TestNetworkOf(t *testing.T) {
	n, err := networkOf(Grants{Dial: []string{"10.0.0.5:5084", "127.0.0.1:80", "localhost:81", "Gate.local:4001", "gate.local:4002", "[::ffff:10.0.0.5]:5084", "unix:/run/x"}})
	if err != nil || n.shared {
		t.Fatalf("%+v, %v", n, err)
	}
	var got []string
	for i, d := range n.doors {
		got = append(got, strings.Join([]string{d.Address, map[bool]string{true: "+", false: "="}[d.Add], n.to[i]}, " "))
	}
	want := []string{"10.0.0.5 + 10.0.0.5:5084", "127.0.0.1 = 127.0.0.1:80", "127.0.0.1 = localhost:81", "::1 = localhost:81",
		"127.77.0.1 = Gate.local:4001", "127.77.0.1 = gate.local:4002"}
	if !reflect.DeepEqual(got, want) || n.names != "127.77.0.1 gate.local\n" || !reflect.DeepEqual(n.sockets, []string{"/run/x"}) {
		t.Errorf("got %q, names %q, sockets %q", got, n.names, n.sockets)
	}
	if !reflect.DeepEqual(n.connect, []uint16{5084, 80, 81, 4001, 4002}) {
		t.Errorf("ports %v", n.connect)
	}
	for _, g := range []Grants{{Listen: []string{":7"}, Dial: []string{"a:1"}}, {Dial: []string{"*:1"}}} {
		if n, err := networkOf(g); err != nil || !n.shared || n.doors != nil || len(n.connect) != 1 {
			t.Errorf("%+v: %+v, %v", g, n, err)
		}
	}
}

func TestReport(t *testing.T) {
	r := Report{{Name: Files, State: Enforced, By: "x"}, {Name: Network, State: Partly, Why: "hosts not enforced"}, {Name: User, State: Missing, Why: "no"}}
	if got := r.Summary(); got != "isolated, but for network partly, user" {
		t.Error(got)
	}
	if m := r.Missing(); len(m) != 1 || m[0].Name != User {
		t.Error(m)
	}
	if got := Unisolated("no launcher").Summary(); got != "not isolated: no launcher" {
		t.Error(got)
	}
	if got := r[:1].Summary(); got != "isolated" {
		t.Error(got)
	}
}
