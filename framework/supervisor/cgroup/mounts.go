package cgroup

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// hierarchy is one tree of groups that is mounted here.
type hierarchy struct {
	version     int
	controllers []string // of version 1
	mount       string
	// own is the directory of the group that this process is in.
	own string
}

// hierarchies finds what is mounted and where this process is in it, from the
// texts of /proc/self/mountinfo and /proc/self/cgroup (cgroups(7), proc(5)).
func hierarchies(mountinfo, self string) []hierarchy {
	paths := map[string]string{} // by the controllers' names, "" for version 2
	for line := range strings.Lines(self) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) == 3 {
			paths[f[1]] = f[2]
		}
	}
	var all []hierarchy
	for line := range strings.Lines(mountinfo) {
		h, ok := parseMount(line, paths)
		seen := slices.ContainsFunc(all, func(o hierarchy) bool {
			return o.version == h.version && slices.Equal(o.controllers, h.controllers)
		})
		if ok && !seen {
			all = append(all, h)
		}
	}
	return all
}

// parseMount reads a line of mountinfo: id, parent, device, root, mount point,
// options, any number of others, "-", type, source, options of the file system.
func parseMount(line string, paths map[string]string) (hierarchy, bool) {
	before, after, found := strings.Cut(line, " - ")
	f, t := strings.Fields(before), strings.Fields(after)
	if !found || len(f) < 6 || len(t) < 3 {
		return hierarchy{}, false
	}
	h := hierarchy{mount: unquote(f[4])}
	switch t[0] {
	case "cgroup2":
		h.version = 2
	case "cgroup":
		h.version = 1
		for _, o := range strings.Split(t[2], ",") {
			if o == LimitMemory || o == LimitTasks || o == LimitCPU || o == freezer {
				h.controllers = append(h.controllers, o)
			}
		}
		if len(h.controllers) == 0 {
			return hierarchy{}, false
		}
	default:
		return hierarchy{}, false
	}
	for names, path := range paths {
		mine := h.version == 2 && names == ""
		if h.version == 1 {
			mine = slices.Contains(strings.Split(names, ","), h.controllers[0])
		}
		if !mine {
			continue
		}
		root := unquote(f[3])
		rel, err := filepath.Rel(root, path)
		if err != nil || !filepath.IsLocal(rel) || strings.HasPrefix(root, "/..") || strings.HasPrefix(path, "/..") {
			return hierarchy{}, false // this process is outside what is mounted
		}
		h.own = filepath.Join(h.mount, rel)
		return h, true
	}
	return hierarchy{}, false
}

const freezer = "freezer"

// unquote undoes the octal escapes of mountinfo.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
