package sandbox

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// What of the system every plugin sees, read-only, where it is there: programs,
// libraries, and those files of /etc that programs can't do without and that
// tell nothing of this machine's people.
var system = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store",
	"/etc/alternatives", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/crypto-policies", "/etc/ld.so.cache",
	"/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/mime.types", "/etc/os-release",
	"/etc/pki/ca-trust/extracted", "/etc/pki/tls/certs", "/etc/protocols", "/etc/services", "/etc/ssl/certs",
	"/etc/ssl/openssl.cnf", "/etc/timezone",
}

// resolving is what name resolution needs in the host's network.
var resolving = []string{"/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/gai.conf", "/etc/host.conf"}

// standardDevices are harmless, and no program does without them.
var standardDevices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// links are what programs expect to find.
var links = map[string]string{
	"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0", "/dev/stdout": "/proc/self/fd/1", "/dev/stderr": "/proc/self/fd/2",
	"/dev/shm": "/tmp", "/var/tmp": "/tmp",
}

// procFiles are what a plugin may read of /proc where it has none of its own.
var procFiles = []string{"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/version",
	"/proc/filesystems", "/proc/loadavg", "/proc/sys/vm", "/proc/sys/kernel", "/proc/sys/net/core/somaxconn"}

// The sizes of a plugin's world.
const (
	// TmpSize is that of its /tmp, which is memory.
	TmpSize = 128 << 20
	// hostName is that of its UTS namespace.
	hostName = "plugin"
)

// hiddenDevices are device nodes that no plugin is granted, as patterns: they
// are the machine's memory, its log, its disks by their raw commands, its
// terminals and keyboards to be, or a way to mount.
var hiddenDevices = []string{
	"/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/nvram", "/dev/snapshot", "/dev/cpu/*/*", "/dev/userfaultfd",
	"/dev/sg[0-9]*", "/dev/bsg/*", "/dev/nvme*", "/dev/ng[0-9]*", "/dev/mtd*", "/dev/ubi*", "/dev/mapper/*", "/dev/btrfs-control",
	"/dev/fuse", "/dev/cuse", "/dev/loop-control", "/dev/autofs",
	"/dev/kvm", "/dev/vhost-*", "/dev/vfio/*", "/dev/net/*", "/dev/vhci", "/dev/uinput", "/dev/uhid",
	"/dev/tty", "/dev/tty[0-9]*", "/dev/console", "/dev/ptmx", "/dev/pts/*", "/dev/vcs*", "/dev/watchdog*", "/dev/tpm*",
}

// hidden reports whether a device node is one that no plugin is granted.
func hidden(node string) bool {
	return slices.ContainsFunc(hiddenDevices, func(pattern string) bool {
		ok, _ := path.Match(pattern, node) // good patterns
		return ok
	})
}

// devicesOf resolves granted device nodes to what is there now.
func devicesOf(granted []string) (nodes []string, notes []order.Note) {
	for _, pattern := range granted {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			notes = append(notes, order.Note{Measure: Devices, Text: pattern + " is not there; the plugin gets it when it is started again"})
			continue
		}
		for _, node := range found {
			real, err := filepath.EvalSymlinks(node)
			if err != nil || hidden(real) {
				notes = append(notes, order.Note{Measure: Devices, Text: node + " is none that a plugin gets"})
				continue
			}
			nodes = append(nodes, node)
		}
	}
	return nodes, notes
}

// files are the files of /etc that are made for the plugin.
func files(uid, gid int, n network) map[string]string {
	f := map[string]string{
		"/etc/passwd": fmt.Sprintf("root:x:0:0:root:/:/usr/sbin/nologin\nplugin:x:%d:%d:plugin:/tmp:/usr/sbin/nologin\n", uid, gid),
		"/etc/group":  fmt.Sprintf("root:x:0:\nplugin:x:%d:\n", gid),
	}
	if !n.shared {
		f["/etc/hosts"] = "127.0.0.1 localhost " + hostName + "\n::1 localhost\n" + n.names
		f["/etc/nsswitch.conf"] = "passwd: files\ngroup: files\nhosts: files\n"
	}
	return f
}
