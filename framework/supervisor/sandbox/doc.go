// Package sandbox keeps a plugin process to what was granted to it.
//
// Grants come from the plugin's own manifest and from the config attributes
// that its schema marks with an access (GrantsOf). A Launcher starts each plugin
// through a small program, tools/aisle-launcher, that runs package inside in
// new namespaces by an order (package order) that is written here. What came of
// it is a Report: a Measure each, with what enforces it or why nothing does.
// Package supervisor is the caller; it owns the process, its pipes, its control
// group (package cgroup), its program in sealed memory (package image) and the
// relay of its connections (package relay).
//
// # What is enforced, and by what
//
// The plugin is the second process of a PID namespace whose first, the launcher,
// collects orphans and dies with the host's thread that started it
// (PR_SET_PDEATHSIG); the kernel then kills whatever is left in the namespace,
// daemons too. Its root is a small file system in memory that shows /usr and its
// like, some files of /etc, fresh ones for /etc/passwd, /etc/hosts and a few
// more, a process file system of its own, the standard devices and what was
// granted, all but granted folders, /tmp and the directory of its socket
// read-only. The latter two are memory of bounded size: a plugin can't fill a
// disk. The host reaches the socket through a descriptor of that directory, and
// follows no link in it (Dial).
//
// Its network namespace has loopback alone. For each granted host and port the
// launcher listens on it, at the very address or, for a name, at one of
// 127.77.0.0/16 that /etc/hosts gives it, and hands the listener to the host,
// which carries connections to the real place: hosts and ports are enforced
// exactly, without firewall and without root. What may listen, or dial any host
// ("*"), stays in the host's network and is kept to TCP ports by Landlock;
// the report then says that hosts are not enforced.
//
// Where the host is root, each plugin has a user id of its own, of 65,536 from
// 1,900,000,000 on, chosen by its name and held against other hosts by a lock
// that plugins can't take. Device nodes are made anew for that user, and granted files
// and folders are mounted so that they belong to it in its own eyes
// (MOUNT_ATTR_IDMAP). Where the host is an ordinary user, a user namespace with
// that one user does.
//
// All capabilities are dropped and no_new_privs is set. Landlock (as far as the
// kernel has it) says about files, ports, signals and abstract sockets a second
// time what the namespaces say. The seccomp filter refuses other processes'
// memory, namespaces, mounts, kernel interfaces and the sockets that no device
// speaks; resource limits bound descriptors, file size and core dumps.
//
// Nobody is granted what is the host's own or the machine's (Rules), and by its
// own say a plugin writes to and reads from few places; what the store file names
// besides is the operator's say (GrantsOf). Both are looked at again, links
// followed, at every start (Grants.Check). A
// grant below a folder that the plugin writes to is had with that folder alone:
// a link that the plugin put there would otherwise be followed, as root, when it
// is started again. A grant that can't be put together costs the plugin its
// start, and nobody his namespaces.
//
// Where namespaces can't be had (a container that refuses them), the plugin
// runs in the machine's file system with all the rest, and the report says what
// is open. Required refuses instead.
//
// # Traps
//
//   - The parent-death signal is sent when the *thread* that started a process
//     ends, and forgotten when credentials change: the supervisor's spawner never
//     lets its thread go, and the launcher asks again after it left its user.
//   - With cgo, go-landlock's way to reach all threads spins for ever in a new
//     PID namespace: the launcher is built without.
//   - go-seccomp-bpf lets system calls by another architecture's numbers pass
//     (int 0x80 on amd64): the filter begins with a check of our own. Having
//     looked at a call's arguments it goes on with one of them in place of the
//     call's number, so that later rules for the same call never match: each call
//     whose arguments count has a program of its own, and they are chained.
//   - Landlock knows nothing of Multipath TCP (landlock-lsm/linux#54) and, before
//     version 10, of UDP: the filter refuses the one, the namespace the other.
//   - clone3 takes its flags from memory, where no filter sees them: it does not
//     exist in here, and C libraries take clone.
//   - A fresh /proc may be mounted only where another is wholly visible, so it is
//     made before the root changes, and is of processes alone in containers that
//     cover parts of theirs. Without any, the program is run from a read-only
//     copy in memory, for there is no /proc/self/fd to run it by.
//   - Mounts inherited by a user namespace are locked: remounting them takes all
//     their flags along. mount_setattr adds ours to a copy and needs Linux 5.12.
//   - An abstract socket belongs to a network namespace and not to a mount
//     namespace; a socket in the file system the other way round.
//   - A user that is not dumpable owns nothing in /proc, not even the uid_map of
//     its children: see HideHost.
//   - The numbers that a plugin prints of its processes are those of its
//     namespace. Instance.PID is the host's.
//   - A device that is not there when its plugin starts is not there for it later.
//     One that comes back under its old numbers is, and so is another that gets
//     them. For a USB device that is granted by its serial number the plugin sees
//     the device's own folder in /sys, which the kernel makes anew each time that
//     it is plugged in: so the plugin knows when the port's name is another's, and
//     the host that another start gets what this one does not (Start.Outdated).
package sandbox
