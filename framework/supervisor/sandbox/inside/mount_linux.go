package inside

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// The sizes of what has no business being large, in mount options.
const (
	rootLimit    = "size=4m,nr_inodes=2048"
	socketsLimit = "size=64k,nr_inodes=64"
	tmpInodes    = 16 << 10
)

// tree is a part of the machine's file system that is to be shown.
type tree struct {
	fd   int
	path string
	dir  bool
}

// build makes the new root: a small file system in memory with what is granted
// in it, read-only where nothing else is said.
func (l *launch) build() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	// A process file system may be mounted only while there is another to see.
	proc, procErr := freshProc()
	l.lookUp()
	owners := &owners{id: l.ID, proc: proc}
	shown, links, err := l.collect(owners)
	if err != nil {
		return err
	}
	if err := l.pivot(); err != nil {
		return err
	}
	if err := l.scratch("/tmp", fmt.Sprintf("mode=1777,size=%d,nr_inodes=%d", l.Own.Tmp, tmpInodes)); err != nil {
		return err
	}
	for path, to := range links {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(to, path); err != nil {
			return err
		}
	}
	// Before what is granted covers them, and while nothing of the machine's is
	// there to write to.
	for path, text := range l.Own.Files {
		if err := writeNew(path, text); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	// What fails from here on may be for what is granted to this plugin.
	for _, t := range shown {
		if err := t.show(); err != nil { // such as a link to what is not granted
			l.note("files", fmt.Sprintf("what is granted is left out: show %s: %v", t.path, err))
		}
	}
	if err := l.nodes(); err != nil && !errors.Is(err, unix.EPERM) { // which is a machine that makes no nodes
		return failed(order.StepGrant, "", err)
	} else if err != nil {
		return err
	}
	if err := l.meeting(); err != nil {
		return failed(order.StepGrant, "", err)
	}
	if procErr == nil {
		if procErr = (tree{proc, "/proc", true}).show(); procErr == nil {
			procErr = seal("/proc", unix.MOUNT_ATTR_RDONLY)
		}
	}
	if procErr != nil {
		l.note("processes", "there is no /proc: "+procErr.Error())
		if err := l.copyProgram(); err != nil {
			return fmt.Errorf("copy the program: %w", err)
		}
	}
	return seal("/", unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID)
}

// collect opens all that is to be shown, while the old root is there.
func (l *launch) collect(o *owners) (shown []tree, links map[string]string, err error) {
	const hidden = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV
	links = map[string]string{}
	maps.Copy(links, l.Own.Links)
	for _, path := range l.Own.System {
		i, err := os.Lstat(path)
		if err != nil {
			continue // another system has it
		}
		if i.Mode()&os.ModeSymlink != 0 && strings.Count(path, "/") == 1 {
			if links[path], err = os.Readlink(path); err != nil {
				return nil, nil, err
			}
			continue
		}
		t, err := open(path, hidden|unix.MOUNT_ATTR_RDONLY, -1)
		if err != nil {
			return nil, nil, err
		}
		shown = append(shown, t)
	}
	add := func(paths []string, attr uint64, measure string) {
		for _, path := range paths {
			users, err := o.of(path)
			if err != nil {
				l.note(measure, path+" keeps its owner, and the plugin is another user: "+err.Error())
			}
			t, err := open(path, attr, users)
			if err != nil && users >= 0 { // not every file system can
				l.note(measure, path+" keeps its owner, and the plugin is another user: "+err.Error())
				t, err = open(path, attr, -1)
			}
			if err != nil {
				l.note(measure, "what is granted is left out: "+err.Error())
				continue
			}
			shown = append(shown, t)
		}
	}
	for _, path := range l.Own.Kernel { // whose owner can't be mapped, and need not be
		t, err := open(path, hidden|unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOEXEC, -1)
		if err != nil {
			l.note("devices", "what is granted is left out: "+err.Error())
			continue
		}
		shown = append(shown, t)
	}
	add(l.Own.Read, hidden|unix.MOUNT_ATTR_RDONLY, "files")
	add(l.Own.Write, hidden, "files")
	add(slices.DeleteFunc(l.Own.Dialled, func(path string) bool {
		i, err := os.Stat(path)
		if err == nil && i.Mode().Type() != os.ModeSocket {
			l.note("files", "what is granted is left out: "+path+" is no socket")
			return true
		}
		return false
	}), hidden, "files")
	if !l.Own.Nodes {
		add(l.Own.Devices, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC, "devices")
	}
	// What lies in another comes after it.
	slices.SortStableFunc(shown, func(a, b tree) int { return strings.Compare(a.path, b.path) })
	return shown, links, nil
}

// open takes a copy of the mounts at a path, with owners as a user namespace
// maps them; -1 for as they are.
func open(path string, attr uint64, users int) (tree, error) {
	i, err := os.Stat(path)
	if err != nil {
		return tree{}, err
	}
	if i.Mode()&os.ModeDevice != 0 && i.Mode()&os.ModeCharDevice == 0 {
		return tree{}, fmt.Errorf("%s is a disk, and no plugin gets one", path)
	}
	flags := unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC
	recursive := 0
	if i.IsDir() {
		recursive = unix.AT_RECURSIVE
	}
	fd, err := unix.OpenTree(unix.AT_FDCWD, path, uint(flags|recursive))
	if err != nil {
		return tree{}, fmt.Errorf("open the mount of %s: %w", path, err)
	}
	a := unix.MountAttr{Attr_set: attr}
	if users >= 0 {
		a.Attr_set |= unix.MOUNT_ATTR_IDMAP
		a.Userns_fd = uint64(users) //nolint:gosec // a descriptor
	}
	if err := unix.MountSetattr(fd, "", uint(unix.AT_EMPTY_PATH|recursive), &a); err != nil {
		_ = unix.Close(fd) // the error tells
		return tree{}, fmt.Errorf("restrict the mount of %s: %w", path, err)
	}
	return tree{fd, path, i.IsDir()}, nil
}

// show puts a tree at its place in the new root.
func (t tree) show() error {
	defer unix.Close(t.fd)
	if _, err := os.Stat(t.path); err != nil { // not in what is shown already
		if err := t.place(); err != nil {
			return err
		}
	}
	return unix.MoveMount(t.fd, "", unix.AT_FDCWD, t.path, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

func (t tree) place() error {
	if t.dir {
		return os.MkdirAll(t.path, 0o755)
	}
	return writeNew(t.path, "")
}

// freshProc makes a process file system of this PID namespace, whole or, where
// a container covers parts of its own, of processes alone.
func freshProc() (fd int, err error) {
	for _, subset := range []string{"", "pid"} {
		if fd, err = procOf(subset); err == nil {
			return fd, nil
		}
	}
	return -1, err
}

func procOf(subset string) (int, error) {
	fs, err := unix.Fsopen("proc", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("open the process file system: %w", err)
	}
	defer unix.Close(fs)
	if subset != "" {
		if err := unix.FsconfigSetString(fs, "subset", subset); err != nil {
			return -1, err
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, fmt.Errorf("create a process file system: %w", err)
	}
	const attr = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attr)
	if err != nil {
		return -1, fmt.Errorf("mount a process file system: %w", err)
	}
	return fd, nil
}

// pivot makes an empty file system in memory the root, and the old one gone.
func (l *launch) pivot() error {
	if err := unix.Mount("aisle", l.Own.Root, "tmpfs", unix.MS_NOSUID, "mode=0755,"+rootLimit); err != nil {
		return fmt.Errorf("mount the new root: %w", err)
	}
	if err := unix.Chdir(l.Own.Root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	return unix.Chdir("/")
}

// scratch makes a place where the plugin writes, in memory and bounded.
func (l *launch) scratch(path, options string) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("aisle", path, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mount %s: %w", path, err)
	}
	return nil
}

// meeting makes the directory of sockets, which the host reaches through a
// descriptor and nobody else at all.
func (l *launch) meeting() error {
	if err := l.scratch(l.Own.Sockets, "mode=0700,"+socketsLimit); err != nil {
		return err
	}
	dirs := []string{l.Own.Sockets}
	if l.Own.Within != "" {
		within := filepath.Join(l.Own.Sockets, filepath.Base(l.Own.Within))
		if err := os.Mkdir(within, 0o700); err != nil {
			return err
		}
		dirs = append(dirs, within)
	}
	if l.ID != nil {
		for _, d := range dirs {
			if err := os.Chown(d, l.ID.UID, l.ID.GID); err != nil {
				return err
			}
		}
	}
	var err error
	l.sockets, err = unix.Open(l.Own.Sockets, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return err
}

// nodes makes the granted device nodes anew, for the plugin's user alone.
func (l *launch) nodes() error {
	if !l.Own.Nodes {
		return nil
	}
	for _, path := range l.Own.Devices {
		rdev, ok := l.numbers[path]
		if !ok {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := unix.Mknod(path, unix.S_IFCHR|0o600, int(rdev)); err != nil { //nolint:gosec // a device number
			return fmt.Errorf("make device node %s: %w", path, err)
		}
		if l.ID != nil {
			if err := os.Chown(path, l.ID.UID, l.ID.GID); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookUp takes the numbers of device nodes, while the machine's are there.
func (l *launch) lookUp() {
	l.numbers = map[string]uint64{}
	if !l.Own.Nodes {
		return
	}
	for _, path := range l.Own.Devices {
		var st unix.Stat_t
		err := unix.Stat(path, &st)
		if err == nil && st.Mode&unix.S_IFMT != unix.S_IFCHR {
			err = errors.New("it is no character device")
		}
		if err != nil {
			l.note("devices", fmt.Sprintf("%s is left out: %v", path, err))
			continue
		}
		l.numbers[path] = st.Rdev
	}
}

// copyProgram puts the program where it can be run without /proc.
func (l *launch) copyProgram() error {
	f := os.NewFile(order.Program, "program")
	i, err := f.Stat()
	if err != nil {
		return err
	}
	const dir = "/run/plugin"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("aisle", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("mode=0755,size=%d", i.Size()+1<<20)); err != nil {
		return err
	}
	path := filepath.Join(dir, "program")
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o555)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, io.NewSectionReader(f, 0, i.Size())); err != nil {
		return err
	}
	if err := to.Close(); err != nil {
		return err
	}
	l.program = path
	return seal(dir, unix.MOUNT_ATTR_RDONLY)
}

func seal(path string, attr uint64) error {
	if err := unix.MountSetattr(unix.AT_FDCWD, path, 0, &unix.MountAttr{Attr_set: attr}); err != nil {
		return fmt.Errorf("restrict the mount of %s: %w", path, err)
	}
	return nil
}

func writeNew(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
