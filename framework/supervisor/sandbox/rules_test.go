package sandbox

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/host"
)

func folders(t *testing.T, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if err := os.MkdirAll(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// What nobody is granted, by whatever name, and what the store file may.
func TestProtected(t *testing.T) {
	dir := t.TempDir()
	data, beside, link := filepath.Join(dir, "data"), filepath.Join(dir, "data2"), filepath.Join(dir, "link")
	folders(t, filepath.Join(data, "log"), beside)
	if err := errors.Join(os.Symlink(data, link), os.Symlink(filepath.Join(data, "later"), filepath.Join(dir, "dangling")),
		os.Symlink("/proc", filepath.Join(dir, "p"))); err != nil {
		t.Fatal(err)
	}
	protected := []string{link, filepath.Join(dir, "run-*")}
	for _, tt := range []struct {
		access, value string
		ok            bool
	}{
		{"read", data, false}, {"write", data, false}, {"read", data + "/journal.db", false}, {"read", dir, false},
		{"read", filepath.Join(link, "log"), false}, {"write", filepath.Join(dir, "dangling"), false}, {"dial", "unix:" + data + "/control.sock", false},
		{"read", filepath.Join(dir, "run-7", "x"), false}, {"read", filepath.Join(dir, "p", "1"), false},
		{"write", beside, true}, {"read", filepath.Join(dir, "ru"), true}, {"read", filepath.Join(dir, "run"), true},
		{"read", "/", false}, {"read", "/proc/1/environ", false}, {"read", "/sys", false}, {"read", "/boot/vmlinuz", false}, {"read", "/root/.ssh", false},
		{"read", "/dev/mem", false}, {"read", "/run/x", false}, {"write", "/var/run/docker.sock", false}, {"read", "/home/ann/.ssh/id", false},
		{"read", "/home/ann", false}, {"read", "/home/ann/maps", true}, {"read", "/procedures", true},
		{"dial", "unix:/run/reader.sock", true}, {"dial", "unix:/var/run/reader.sock", true}, {"dial", "unix:/run/docker.sock", false},
		{"dial", "unix:/var/run/docker.sock", false}, {"dial", "unix:/run/containerd/containerd.sock", false}, {"dial", "unix:/run/user/1000/docker.sock", false},
		{"dial", "unix:" + data + "/world.sock", true}, {"read", data + "/world.sock", false}, {"dial", "10.0.0.5:1", true}, {"dial", "*:1", true}, {"write", "/etc/cron.d", true},
	} {
		g := Grants{}
		switch tt.access {
		case "read":
			g.Read = []string{tt.value}
		case "write":
			g.Write = []string{tt.value}
		case "dial":
			g.Dial = []string{tt.value}
		}
		if err := g.Check(Rules{Protected: protected, Lent: []string{data + "/world.sock"}}); (err == nil) != tt.ok {
			t.Errorf("%s %s: %v", tt.access, tt.value, err)
		}
	}
}

// What a manifest may have by its own say.
func TestNeeds(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	open, closed, part := filepath.Join(dir, "open"), filepath.Join(dir, "closed"), filepath.Join(dir, "part")
	folders(t, open, filepath.Join(closed, "in"), part)
	if err := errors.Join(os.Chmod(closed, 0o710), os.WriteFile(filepath.Join(closed, "in", "f"), nil, 0o644), os.WriteFile(filepath.Join(part, "key"), nil, 0o600),
		os.WriteFile(filepath.Join(open, "f"), nil, 0o644), os.Symlink("/etc/shadow", filepath.Join(dir, "shadow"))); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(dir, "/tmp/") {
		t.Skip("the temporary folder is not /tmp")
	}
	for _, tt := range []struct {
		needs host.Needs
		ok    bool
	}{
		{host.Needs{Read: []string{open, filepath.Join(open, "f"), "/usr/share/acme", "/opt/acme", "/etc/ssl/certs"}}, true},
		{host.Needs{Write: []string{open, "/var/lib/aisle-plugins/acme", "/srv/acme"}}, true},
		{host.Needs{Read: []string{filepath.Join(closed, "in", "f")}}, false},
		{host.Needs{Read: []string{part}}, false}, {host.Needs{Read: []string{filepath.Join(part, "key")}}, false}, {host.Needs{Write: []string{part}}, false},
		{host.Needs{Read: []string{filepath.Join(dir, "shadow")}}, false}, {host.Needs{Read: []string{"/etc/shadow"}}, false},
		{host.Needs{Write: []string{"/etc/cron.d"}}, false}, {host.Needs{Write: []string{"/etc/systemd/system"}}, false}, {host.Needs{Write: []string{"/usr/local/bin"}}, false},
		{host.Needs{Write: []string{"/opt/acme"}}, false}, {host.Needs{Write: []string{"/var/lib/dpkg"}}, false}, {host.Needs{Write: []string{"/var/spool/cron"}}, false},
		{host.Needs{Write: []string{"/srv"}}, false}, {host.Needs{Write: []string{"/tmp"}}, false}, {host.Needs{Read: []string{"/opt"}}, false},
		{host.Needs{Write: []string{"/var/log/acme"}}, false}, {host.Needs{Read: []string{"/home/ann"}}, false},
		{host.Needs{Dial: []string{"*:18080"}}, false}, {host.Needs{Dial: []string{"acme.example:443"}, Listen: []string{":5084"}, Devices: []string{"/dev/ttyUSB*"}}, true},
	} {
		g, refused := GrantsOf(tt.needs, nil, Rules{})
		if (refused == nil) != tt.ok {
			t.Errorf("%+v: %v", tt.needs, refused)
		}
		if err := g.Check(Rules{}); (err == nil) != tt.ok { // as at its start
			t.Errorf("%+v at start: %v", tt.needs, err)
		}
		if _, refused := GrantsOf(tt.needs, nil, Rules{Protected: []string{"/srv/acme/own", "/opt/acme", "/usr/share"}}); len(tt.needs.Read) > 4 && refused == nil {
			t.Errorf("%+v, although it is the host's", tt.needs)
		}
	}
}

// What the integrator names, too, is the integrator's say, but for what nobody
// is granted.
func TestNeedIsNamed(t *testing.T) {
	needs := host.Needs{Dial: []string{"*:443"}, Read: []string{"/var/lib/acme/maps"}, Write: []string{"/opt/acme"}}
	doc := `{"server":"*:443","reader":[{"file":"/var/lib/acme"}],"log":{"folder":"/opt/acme"}}`
	g, refused := GrantsOf(needs, []Configured{{"gate.side", every, json.RawMessage(doc)}}, Rules{})
	if refused != nil || !slices.Contains(g.Why, Granted{"dial", "*:443", "gate.side config.server"}) || slices.ContainsFunc(g.Why, func(w Granted) bool { return w.From == FromNeeds }) {
		t.Errorf("%+v, %v", g.Why, refused)
	}
	_, refused = GrantsOf(needs, []Configured{{"gate.side", every, json.RawMessage(doc)}}, Rules{Protected: []string{"/opt/acme/data"}})
	if len(refused) != 1 || refused[0].Device != "gate.side" || refused[0].Attribute != "log.folder" {
		t.Errorf("the host's own: %v", refused)
	}
	if more := g.Added(Grants{Why: []Granted{{"dial", "*:443", FromNeeds}}}); !slices.Equal(more, []string{"read /var/lib/acme", "write /opt/acme"}) {
		t.Errorf("added %q", more)
	}
}

// A reason that several measures share is said once.
func TestRequiredError(t *testing.T) {
	e := &RequiredError{Missing: []Measure{{Name: Processes, Why: "no namespaces"}, {Name: Memory, Why: "no groups"}, {Name: Files, Why: "no namespaces"}}}
	want := `isolation = "required", and this machine can't enforce processes, files (no namespaces); memory (no groups)`
	if e.Error() != want {
		t.Errorf("%s\nwant %s", e, want)
	}
}
