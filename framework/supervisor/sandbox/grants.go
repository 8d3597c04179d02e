package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/sdk/config"
	"github.com/openaisle/aisle/sdk/host"
)

// Grants is what a plugin may use of the machine besides its own processes, its
// own temporary folder and the system's programs and libraries, which it reads.
// The zero value is nothing.
type Grants struct {
	// Dial lists TCP destinations as "host:port", where host may be "*" and
	// port a number, and sockets as "unix:/path".
	Dial []string
	// Listen lists TCP ports to listen on, as ":port".
	Listen []string
	// Devices lists device nodes; wildcards of path.Match are resolved at start.
	Devices []string
	// Read and Write list files and folders by absolute path.
	Read, Write []string
}

// Configured is one config block of a plugin's device, and its schema.
type Configured struct {
	Schema config.Schema
	JSON   json.RawMessage
}

// GrantsOf gives what a plugin is granted in one store: what it says it always
// needs, and what those attributes of its devices' config blocks name that its
// schema marks with an access. An error names the value that can't be granted.
func GrantsOf(n host.Needs, blocks []Configured) (Grants, error) {
	var g Grants
	if err := n.Check(); err != nil {
		return g, fmt.Errorf("the plugin's needs: %w", err)
	}
	for i, p := range slices.Concat(n.Read, n.Write) {
		if isBroad(p) && (i >= len(n.Read) || !slices.Contains(trusted, p)) {
			return g, fmt.Errorf("the plugin says that it needs %s, which is more of the machine than a plugin may ask for", p)
		}
	}
	g = Grants{
		Dial: slices.Clone(n.Dial), Listen: slices.Clone(n.Listen), Devices: slices.Clone(n.Devices),
		Read: slices.Clone(n.Read), Write: slices.Clone(n.Write),
	}
	for _, b := range blocks {
		var v map[string]any
		if len(b.JSON) > 0 {
			if err := json.Unmarshal(b.JSON, &v); err != nil {
				return g, fmt.Errorf("read a config block: %w", err)
			}
		}
		if err := g.block(b.Schema, v); err != nil {
			return g, err
		}
	}
	for _, l := range []*[]string{&g.Dial, &g.Listen, &g.Devices, &g.Read, &g.Write} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return g, nil
}

// ownPlaces are where machines keep what is theirs and their people's. What a
// plugin has business with there is named by the store file.
var ownPlaces = []string{"/boot", "/dev", "/etc", "/home", "/proc", "/root", "/run", "/var/run", "/var/spool/cron", "/var/lib/docker",
	"/var/lib/containerd", "/var/lib/kubelet", "/var/lib/systemd", "/sys/fs", "/sys/kernel"}

// wholePlaces are too much as a whole.
var wholePlaces = []string{"/", "/media", "/mnt", "/opt", "/srv", "/sys", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/nix", "/nix/store",
	"/var", "/var/lib", "/var/log", "/var/spool", "/var/tmp"}

// trusted are the files of /etc that a plugin may ask to read: whom to trust.
var trusted = []string{"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted"}

// isBroad reports whether a path is one that no plugin may have by its own say,
// for the host's own things are in it.
func isBroad(p string) bool {
	return slices.Contains(wholePlaces, p) ||
		slices.ContainsFunc(ownPlaces, func(dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") })
}

func (g *Grants) block(s config.Schema, v map[string]any) error {
	for _, a := range s.Attributes {
		if a.Access == config.AccessNone {
			continue
		}
		value := v[a.Name]
		if value == nil && a.Default != nil {
			if err := json.Unmarshal(a.Default, &value); err != nil {
				return fmt.Errorf("%s: read its default: %w", a.Name, err)
			}
		}
		if err := g.attribute(a, value); err != nil {
			return fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	for _, b := range s.Blocks {
		var within []any
		switch inner := v[b.Name].(type) {
		case map[string]any:
			within = []any{inner}
		case []any:
			within = inner
		}
		for _, w := range within {
			object, ok := w.(map[string]any)
			if !ok {
				continue
			}
			if err := g.block(b.Schema, object); err != nil {
				return fmt.Errorf("%s.%w", b.Name, err)
			}
		}
	}
	return nil
}

func (g *Grants) attribute(a config.Attribute, value any) error {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		for _, e := range v {
			if err := g.attribute(a, e); err != nil {
				return err
			}
		}
		return nil
	case float64:
		return g.add(a.Access, strconv.FormatFloat(v, 'f', -1, 64))
	case string:
		if v == "" {
			return nil
		}
		return g.add(a.Access, v)
	}
	return fmt.Errorf("a %T names nothing", value)
}

func (g *Grants) add(access config.Access, v string) (err error) {
	switch access {
	case config.AccessDial:
		if v, err = destination(v); err == nil {
			g.Dial = append(g.Dial, v)
		}
	case config.AccessListen:
		if v, err = listenPort(v); err == nil {
			g.Listen = append(g.Listen, v)
		}
	case config.AccessDevice:
		if v, err = granted(v); err == nil && !strings.HasPrefix(v, "/dev/") {
			err = fmt.Errorf("%q is no device node: those are under /dev", v)
		}
		g.Devices = append(g.Devices, v)
	case config.AccessRead:
		v, err = granted(v)
		g.Read = append(g.Read, v)
	case config.AccessWrite:
		v, err = granted(v)
		g.Write = append(g.Write, v)
	case config.AccessNone:
		fallthrough
	default:
		err = fmt.Errorf("%v can't be granted", access)
	}
	return err
}

// schemePorts are the ports of URLs that leave them out.
var schemePorts = map[string]string{
	"http": "80", "ws": "80", "https": "443", "wss": "443", "rtsp": "554", "rtsps": "322", "mqtt": "1883", "mqtts": "8883",
}

// destination makes "host:port" or "unix:/path" of an address or a URL.
func destination(v string) (string, error) {
	if p, ok := strings.CutPrefix(v, "unix:"); ok {
		p, err := granted(strings.TrimPrefix(p, "//"))
		return "unix:" + p, err
	}
	if strings.Contains(v, "://") {
		u, err := url.Parse(v)
		if err != nil {
			return "", fmt.Errorf("%q is no URL", v)
		}
		v = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), schemePorts[u.Scheme]))
	}
	h, p, err := net.SplitHostPort(v)
	if err != nil || h == "" {
		return "", fmt.Errorf(`%q is no address: write "host:port"`, v)
	}
	if _, err := port(p); err != nil {
		return "", fmt.Errorf("%q: %w", v, err)
	}
	return net.JoinHostPort(h, p), nil
}

func listenPort(v string) (string, error) {
	if i := strings.LastIndexByte(v, ':'); i >= 0 {
		v = v[i+1:]
	}
	if _, err := port(v); err != nil {
		return "", err
	}
	return ":" + v, nil
}

func port(v string) (uint16, error) {
	n, err := strconv.ParseUint(v, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no port: write a number from 1 to 65535", v)
	}
	return uint16(n), nil
}

// granted accepts a clean absolute path that is not the whole machine.
func granted(v string) (string, error) {
	if !path.IsAbs(v) {
		return "", fmt.Errorf("%q is no absolute path", v)
	}
	v = path.Clean(v)
	if v == "/" || v == "/proc" || strings.HasPrefix(v, "/proc/") || v == "/dev" {
		return "", fmt.Errorf("%q is more of the machine than a plugin may have", v)
	}
	return v, nil
}
