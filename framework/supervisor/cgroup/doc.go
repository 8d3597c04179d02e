// Package cgroup bounds what a plugin takes of the machine, and ends all of it
// at once: a control group for each instance, with limits of memory, tasks and
// CPU time, whichever way this machine offers them.
//
// Three ways are known, and each limit takes the best that is there: version 2
// (as root, or as an ordinary user in a subtree that was delegated), version 1
// (as root), none. A machine may offer some of both ("hybrid"). Which one
// enforces a limit, and why not where none does, is what Group.Enforced says;
// nothing here fails because a machine offers nothing.
//
// It starts no process and knows no plugin; package supervisor is its caller.
// Group.Start has the process begin its life inside, so that nothing it does
// first escapes.
//
// It promises that Close leaves no process of the group and no directory, that
// what a dead host left behind is swept by the next Open, and that no file of
// another's group is touched. It writes a few files by hand: of the libraries,
// containerd/cgroups manages either version 1 or version 2 and not the
// combination of both, and can't start a process in a group of version 1.
package cgroup
