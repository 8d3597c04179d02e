package class

import (
	"errors"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"unicode"
)

// Needs are what a plugin uses of the machine it runs on, whatever the store
// file says. The host grants these, and what config attributes with an access
// name, and no more.
type Needs struct {
	// Dial lists what it connects to, as "host:port"; the host may be "*", which
	// is granted where an attribute of a config block names it, too.
	Dial []string
	// Listen lists the TCP ports it is reached on, as ":port".
	Listen []string
	// Devices lists device nodes under /dev; a name may hold the wildcards of
	// path.Match.
	Devices []string
	// Read and Write list files and folders by absolute path. What is not there
	// is left out. Few places are granted by a plugin's own say: Write below
	// /srv, /tmp, /var/tmp and /var/lib/aisle-plugins, Read below these, /usr,
	// /opt and /nix/store, and nothing that others may not read.
	Read, Write []string
}

// The limits of Needs.
const (
	// MaxNeeds is the most entries of each list.
	MaxNeeds = 64
	// MaxNeed is the greatest length of an entry, in bytes.
	MaxNeed = 1024
)

// Check says what is wrong with the needs. They come from a plugin.
func (n Needs) Check() error {
	for _, l := range []struct {
		name    string
		entries []string
		check   func(string) error
	}{
		{"dial", n.Dial, checkDial}, {"listen", n.Listen, checkListen}, {"devices", n.Devices, checkDevice},
		{"read", n.Read, checkPath}, {"write", n.Write, checkPath},
	} {
		if len(l.entries) > MaxNeeds {
			return fmt.Errorf("%s: %d entries, the limit is %d", l.name, len(l.entries), MaxNeeds)
		}
		for _, e := range l.entries {
			if len(e) > MaxNeed {
				return fmt.Errorf("%s: an entry of %d bytes, the limit is %d", l.name, len(e), MaxNeed)
			}
			if err := l.check(e); err != nil {
				return fmt.Errorf("%s %q: %w", l.name, e, err)
			}
		}
	}
	return nil
}

func checkDial(e string) error {
	host, port, err := net.SplitHostPort(e)
	if err != nil {
		return errors.New(`write "host:port"`)
	}
	if err := checkPort(port); err != nil {
		return err
	}
	if host == "*" || net.ParseIP(host) != nil {
		return nil
	}
	return checkName(host)
}

// The limits of a host name (RFC 1035, section 2.3.4).
const maxHost, maxLabel = 253, 63

func checkName(host string) error {
	if host == "" || len(host) > maxHost {
		return errors.New("the host is no name and no address")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > maxLabel || strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			return errors.New("the host is no name and no address")
		}
	}
	return nil
}

func checkListen(e string) error {
	port, ok := strings.CutPrefix(e, ":")
	if !ok {
		return errors.New(`write ":port"`)
	}
	return checkPort(port)
}

func checkPort(port string) error {
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return errors.New("the port is a number from 1 to 65535")
	}
	return nil
}

func checkPath(e string) error {
	if !path.IsAbs(e) || path.Clean(e) != e {
		return errors.New("write an absolute path, without . and ..")
	}
	if strings.ContainsFunc(e, unicode.IsControl) {
		return errors.New("the path holds a control character")
	}
	return nil
}

func checkDevice(e string) error {
	if err := checkPath(e); err != nil {
		return err
	}
	if !strings.HasPrefix(e, "/dev/") {
		return errors.New("device nodes are under /dev")
	}
	_, err := path.Match(e, "")
	return err
}
