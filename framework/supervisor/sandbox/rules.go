package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Rules say what is never granted.
type Rules struct {
	// Protected are the host's own files and folders, by absolute path; an
	// element may be a pattern of path.Match. What lies in one, or holds one, is
	// granted to nobody, whoever names it.
	Protected []string
	// Lent are sockets among what is protected that may be dialled all the same,
	// by their paths: those of the store's peers.
	Lent []string
	// Elsewhere says that the plugin runs on another machine: links, and who may
	// read what, are looked at there, at its start.
	Elsewhere bool
}

// nobodys are the machine's own places, as Rules.Protected.
var nobodys = []string{"/proc", "/sys", "/boot", "/root", "/dev", "/run", "/home/*/.ssh"}

// neverDialled are the sockets that are as good as being root.
var neverDialled = []string{"/proc", "/sys", "/boot", "/root", "/dev", "/run/docker", "/run/docker.sock", "/run/containerd", "/run/crio",
	"/run/podman", "/run/systemd", "/run/user/*/docker.sock", "/run/user/*/podman", "/run/user/*/systemd", "/var/lib/docker", "/var/lib/containerd"}

// What a manifest may have by its own say: files and folders below these.
var (
	writable = []string{"/srv", "/tmp", "/var/lib/aisle-plugins", "/var/tmp"}
	readable = append([]string{"/usr", "/opt", "/nix/store"}, writable...)
)

// trusted are the files of /etc that a manifest may ask to read: whom to trust.
var trusted = []string{"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/ca-trust/extracted",
	"/etc/ca-certificates/extracted"}

// Check says which of the grants are not to be given on this machine, as it is
// now: a link may have been made since they were put together.
func (g Grants) Check(r Rules) error {
	asked := map[string]bool{}
	for _, w := range g.Why {
		if w.From == FromNeeds {
			asked[w.String()] = true
		}
	}
	var errs error
	for _, l := range []struct {
		access string
		values []string
	}{{"dial", g.Dial}, {"read", g.Read}, {"write", g.Write}} {
		for _, v := range l.values {
			w := Granted{Access: l.access, Value: v}
			if asked[w.String()] {
				errs = errors.Join(errs, r.mayNeed(w))
			} else {
				errs = errors.Join(errs, r.may(w))
			}
		}
	}
	return errs
}

// may says why nobody is granted it.
func (r Rules) may(g Granted) error {
	p, places := g.Value, nobodys
	switch g.Access {
	case "read", "write":
	case "dial":
		var unix bool
		if p, unix = strings.CutPrefix(g.Value, "unix:"); !unix {
			return nil
		}
		if slices.Contains(r.Lent, path.Clean(p)) {
			return nil
		}
		places = neverDialled
	default:
		return nil
	}
	for _, v := range r.ways(p) {
		for _, own := range r.Protected {
			if slices.ContainsFunc(r.ways(own), func(own string) bool { return overlap(own, v) }) {
				return fmt.Errorf("%s is not granted to any plugin: the host keeps its own things in %s. Name a folder apart from it", g, own)
			}
		}
		for _, place := range places {
			if overlap(place, v) {
				return fmt.Errorf("%s is not granted to any plugin: it reaches %s, which is more of the machine than a plugin may have. Name what it uses and no more", g, place)
			}
		}
	}
	return nil
}

// instead is what to do about a need that is not granted.
const instead = `. If you want that, name it in an attribute of a config block that the plugin has for it; or tell its vendor`

// mayNeed says why a manifest is not granted it by its own say: it writes below
// a few folders that are there for such things, reads programs and their data
// and what certificates to trust, and nothing that others may not read; and it
// connects to hosts that it names.
func (r Rules) mayNeed(g Granted) error {
	if err := r.may(g); err != nil {
		return err
	}
	switch g.Access {
	case "dial":
		if h, _, err := net.SplitHostPort(g.Value); err != nil || h == "*" {
			return fmt.Errorf("%s is every machine, which is more than a plugin may ask for%s", g, instead)
		}
	case "read", "write":
		below := readable
		if g.Access == "write" {
			below = writable
		}
		for _, v := range r.ways(g.Value) {
			ok := slices.ContainsFunc(below, func(dir string) bool { return v != dir && isWithin(v, dir) }) ||
				g.Access == "read" && slices.ContainsFunc(trusted, func(p string) bool { return isWithin(v, p) })
			if !ok {
				return fmt.Errorf("%s is more of the machine than a plugin may ask for, which is what is below %s%s", g, strings.Join(below, ", "), instead)
			}
		}
		if !r.Elsewhere {
			if err := public(resolve(g.Value)); err != nil {
				return fmt.Errorf("%s: %w%s", g, err, instead)
			}
		}
	}
	return nil
}

// ways are the names of a path: as it is written, and where its links lead.
func (r Rules) ways(p string) []string {
	p = path.Clean(p)
	if isWithin(p, "/var/run") {
		p = strings.TrimPrefix(p, "/var")
	}
	if r.Elsewhere {
		return []string{p}
	}
	if real := resolve(p); real != p {
		return []string{p, real}
	}
	return []string{p}
}

// resolve follows the links of as much of a path as is there.
func resolve(p string) string {
	rest := ""
	for at := p; ; at = path.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return path.Join(real, rest)
		}
		// A link to what is not there yet leads there all the same.
		if to, err := os.Readlink(at); err == nil {
			if !path.IsAbs(to) {
				to = path.Join(path.Dir(at), to)
			}
			return path.Join(to, rest)
		}
		if at == "/" || at == "." {
			return p
		}
		rest = path.Join(path.Base(at), rest)
	}
}

// isWithin reports whether a path is a folder or in it.
func isWithin(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// overlap reports whether one of two paths is within the other. The first may
// have patterns.
func overlap(pattern, p string) bool {
	a, b := elements(pattern), elements(p)
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if ok, err := path.Match(a[i], b[i]); err != nil || !ok {
			return false
		}
	}
	return true
}

func elements(p string) []string {
	return strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
}

// maxLooked is how many files of a folder are looked at.
const maxLooked = 20_000

// public says what of a file or folder others may not read. What is not there
// is granted to nobody, and is looked at again when the plugin starts.
func public(p string) error {
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		i, err := os.Stat(dir)
		if err == nil && i.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("it is in %s, which not everybody may enter", dir)
		}
		if dir == "/" || dir == "." {
			break
		}
	}
	looked := 0
	return filepath.WalkDir(p, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if looked++; looked > maxLooked {
			return fmt.Errorf("there are more than %d files in it", maxLooked)
		}
		i, err := d.Info()
		want := fs.FileMode(0o004)
		if d.IsDir() {
			want = 0o005
		}
		if err == nil && i.Mode()&fs.ModeSymlink == 0 && i.Mode().Perm()&want != want {
			return fmt.Errorf("%s is not for everybody to read", at)
		}
		return nil
	})
}
