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
	// USB lists serial numbers of USB devices: their serial ports are granted under
	// whatever name they have at start.
	USB []string `json:",omitempty"`
	// Read and Write list files and folders by absolute path.
	Read, Write []string
	// Why says of each where it comes from. What is not in it counts as named by
	// the store file.
	Why []Granted `json:",omitempty"`
}

// Granted is one grant and where it comes from.
type Granted struct {
	// Access is dial, listen, device, usb, read or write.
	Access string `json:"access"`
	Value  string `json:"value"`
	// From is FromNeeds, or the device's address and the attribute of its config
	// block that names it.
	From string `json:"from"`
}

func (g Granted) String() string { return g.Access + " " + g.Value }

// FromNeeds is where grants come from that the plugin's manifest asks for and
// no config block names.
const FromNeeds = "needs"

// Configured is one config block of a plugin's device, and its schema.
type Configured struct {
	// Device is the device's address.
	Device string
	Schema config.Schema
	JSON   json.RawMessage
}

// Refused is a grant that is not given.
type Refused struct {
	// Device is the address of the device whose config block names it, and
	// Attribute the way to the attribute; empty where the plugin's needs do.
	Device, Attribute string
	Err               error
}

func (r *Refused) Error() string {
	if r.Device == "" && r.Attribute == "" {
		return "the plugin's needs: " + r.Err.Error()
	}
	return r.Attribute + ": " + r.Err.Error()
}

// GrantsOf gives what a plugin is granted in one store, and all that it is
// refused: what those attributes of its devices' config blocks name that its
// schema marks with an access, and what it says that it needs besides. Where
// there is a refusal the grants are none to start it with.
//
// Nobody is granted what the rules protect. What the plugin's manifest alone
// asks for is less again (Rules.mayNeed); a need that a config block names, too,
// is the integrator's say.
func GrantsOf(n host.Needs, blocks []Configured, r Rules) (Grants, []*Refused) {
	if err := n.Check(); err != nil {
		return Grants{}, []*Refused{{Err: err}}
	}
	var g gatherer
	for _, b := range blocks {
		var v map[string]any
		if len(b.JSON) > 0 {
			if err := json.Unmarshal(b.JSON, &v); err != nil {
				g.refuse(b.Device, "config", fmt.Errorf("read a config block: %w", err))
				continue
			}
		}
		g.device = b.Device
		g.block(b.Schema, v, "")
	}
	for i := range g.found {
		f := &g.found[i]
		if err := r.may(f.Granted); err != nil {
			g.refuse(f.device, f.attribute, err)
		}
	}
	named := len(g.found)
	for _, w := range needed(n) {
		if slices.ContainsFunc(g.found[:named], func(f found) bool { return f.covers(w) }) {
			continue
		}
		if err := r.mayNeed(w); err != nil {
			g.refuse("", "", err)
		}
		g.found = append(g.found, found{Granted: w})
	}
	return g.grants(), g.refused
}

// needed lists the needs of a manifest.
func needed(n host.Needs) (all []Granted) {
	for _, l := range []struct {
		access config.Access
		values []string
	}{
		{config.AccessDial, n.Dial}, {config.AccessListen, n.Listen}, {config.AccessDevice, n.Devices},
		{config.AccessRead, n.Read}, {config.AccessWrite, n.Write},
	} {
		for _, v := range l.values {
			all = append(all, Granted{l.access.String(), v, FromNeeds})
		}
	}
	return all
}

// Needed says in words what a manifest asks for.
func Needed(n host.Needs) (words []string) {
	for _, g := range needed(n) {
		words = append(words, g.String())
	}
	return words
}

// Added lists what g has and old doesn't.
func (g Grants) Added(old Grants) (words []string) {
	had := map[string]bool{}
	for _, w := range old.Why {
		had[w.String()] = true
	}
	for _, w := range g.Why {
		if text := w.String(); !had[text] {
			had[text] = true
			words = append(words, text)
		}
	}
	return words
}

// With gives the grants and beside them what others have that devices named: those that are
// on their way out, and are closed once the others serve.
func (g Grants) With(others Grants, devices []string) Grants {
	all := Grants{Dial: slices.Clone(g.Dial), Listen: slices.Clone(g.Listen), Devices: slices.Clone(g.Devices),
		USB: slices.Clone(g.USB), Read: slices.Clone(g.Read), Write: slices.Clone(g.Write), Why: slices.Clone(g.Why)}
	to := all.lists()
	for _, w := range others.Why {
		l := to[w.Access]
		if l == nil || !slices.ContainsFunc(devices, func(d string) bool { return strings.HasPrefix(w.From, d+" ") }) {
			continue
		}
		*l = append(*l, w.Value)
		all.Why = append(all.Why, w)
	}
	all.sort()
	return all
}

// lists are the lists by access.
func (g *Grants) lists() map[string]*[]string {
	return map[string]*[]string{"dial": &g.Dial, "listen": &g.Listen, "device": &g.Devices, "usb": &g.USB, "read": &g.Read, "write": &g.Write}
}

// sort brings all into order, each once.
func (g *Grants) sort() {
	for _, l := range g.lists() {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	slices.SortFunc(g.Why, func(a, b Granted) int {
		return cmp.Or(cmp.Compare(a.Access, b.Access), cmp.Compare(a.Value, b.Value), cmp.Compare(a.From, b.From))
	})
	g.Why = slices.Compact(g.Why)
}

// found is a grant while all are gathered.
type found struct {
	Granted
	device, attribute string
}

// covers reports whether a need is within what a config block names.
func (f found) covers(w Granted) bool {
	switch {
	case f.Access == w.Access && f.Value == w.Value:
		return true
	case w.Access == "read" && (f.Access == "read" || f.Access == "write"), w.Access == "write" && f.Access == "write":
		return isWithin(w.Value, f.Value)
	}
	return false
}

// gatherer walks config blocks.
type gatherer struct {
	device  string
	found   []found
	refused []*Refused
}

func (g *gatherer) refuse(device, attribute string, err error) {
	g.refused = append(g.refused, &Refused{device, attribute, err})
}

func (g *gatherer) grants() (all Grants) {
	to := all.lists()
	for _, f := range g.found {
		*to[f.Access] = append(*to[f.Access], f.Value)
		all.Why = append(all.Why, f.Granted)
	}
	all.sort()
	return all
}

func (g *gatherer) block(s config.Schema, v map[string]any, in string) {
	for _, a := range s.Attributes {
		if a.Access == config.AccessNone {
			continue
		}
		value, at := v[a.Name], in+a.Name
		if value == nil && a.Default != nil {
			if err := json.Unmarshal(a.Default, &value); err != nil {
				g.refuse(g.device, at, fmt.Errorf("read its default: %w", err))
				continue
			}
		}
		g.attribute(a.Access, at, value)
	}
	for _, b := range s.Blocks {
		switch inner := v[b.Name].(type) {
		case map[string]any:
			g.block(b.Schema, inner, in+b.Name+".")
		case []any:
			for i, w := range inner {
				if object, ok := w.(map[string]any); ok {
					g.block(b.Schema, object, fmt.Sprintf("%s%s[%d].", in, b.Name, i))
				}
			}
		}
	}
}

func (g *gatherer) attribute(a config.Access, at string, value any) {
	switch v := value.(type) {
	case nil:
	case []any:
		for _, e := range v {
			g.attribute(a, at, e)
		}
	case float64:
		g.add(a, at, strconv.FormatFloat(v, 'f', -1, 64))
	case string:
		if v != "" {
			g.add(a, at, v)
		}
	default:
		g.refuse(g.device, at, fmt.Errorf("a %T names nothing", value))
	}
}

func (g *gatherer) add(access config.Access, at, v string) {
	v, err := value(access, v)
	if err != nil {
		g.refuse(g.device, at, err)
		return
	}
	g.found = append(g.found, found{Granted{access.String(), v, strings.TrimPrefix(g.device+" config."+at, " ")}, g.device, at})
}

// value is what an attribute's value grants.
func value(access config.Access, v string) (string, error) {
	switch access {
	case config.AccessDial:
		return destination(v)
	case config.AccessListen:
		return listenPort(v)
	case config.AccessDevice:
		v, err := granted(v)
		if err == nil && !strings.HasPrefix(v, "/dev/") {
			err = fmt.Errorf("%q is no device node: those are under /dev", v)
		}
		return v, err
	case config.AccessUSB:
		return usbNumber(v)
	case config.AccessRead, config.AccessWrite:
		return granted(v)
	case config.AccessNone:
	}
	return "", fmt.Errorf("%v can't be granted", access)
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
		return "", fmt.Errorf("%q is no absolute path: write all of it, from /", v)
	}
	v = path.Clean(v)
	if v == "/" || v == "/dev" {
		return "", fmt.Errorf("%q is more of the machine than a plugin may have", v)
	}
	return v, nil
}
