package sandbox

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// network is what a plugin's grants mean for its network.
type network struct {
	// shared: it stays in the host's, and why.
	shared bool
	// doors are the addresses to listen on for it, and to[i] where what comes
	// in at doors[i] goes.
	doors []order.Door
	to    []string
	// names is what /etc/hosts is to say, in lines.
	names string
	// connect and bind are ports for Landlock.
	connect, bind []uint16
	sockets       []string // "unix:" destinations
}

// namesAt is the first of the loopback addresses that stand for names.
var namesAt = netip.MustParseAddr("127.77.0.1")

const anyHost = "*"

func networkOf(g Grants) (n network, err error) {
	n.shared = len(g.Listen) > 0
	for _, l := range g.Listen {
		p, err := port(strings.TrimPrefix(l, ":"))
		if err != nil {
			return n, err
		}
		n.bind = append(n.bind, p)
	}
	names := map[string]string{}
	next := namesAt
	for _, d := range g.Dial {
		if path, ok := strings.CutPrefix(d, "unix:"); ok {
			n.sockets = append(n.sockets, path)
			continue
		}
		host, portText, err := net.SplitHostPort(d)
		if err != nil {
			return n, fmt.Errorf("granted destination %q: %w", d, err)
		}
		p, err := port(portText)
		if err != nil {
			return n, fmt.Errorf("granted destination %q: %w", d, err)
		}
		if !slices.Contains(n.connect, p) {
			n.connect = append(n.connect, p)
		}
		if host == anyHost {
			n.shared = true
			continue
		}
		at := []order.Door{{Address: host, Port: p}}
		if ip, err := netip.ParseAddr(host); err == nil {
			ip = ip.Unmap().WithZone("")
			at[0].Address, at[0].Add = ip.String(), !ip.IsLoopback()
		} else if strings.EqualFold(host, "localhost") {
			at = []order.Door{{Address: "127.0.0.1", Port: p}, {Address: "::1", Port: p}}
		} else {
			key := strings.ToLower(host)
			if names[key] == "" {
				names[key] = next.String()
				n.names += next.String() + " " + key + "\n"
				next = next.Next()
			}
			at[0].Address = names[key]
		}
		for _, door := range at {
			if !slices.ContainsFunc(n.doors, func(d order.Door) bool { return d.Address == door.Address && d.Port == door.Port }) {
				n.doors, n.to = append(n.doors, door), append(n.to, net.JoinHostPort(host, strconv.Itoa(int(p))))
			}
		}
	}
	if n.shared {
		n.doors, n.to, n.names = nil, nil, ""
	}
	return n, nil
}
