package crash

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// kept is how long the kernel may keep names and sizes: only it changes them.
const kept = time.Hour

// Mounted is a mount of disks, each a folder.
type Mounted struct {
	dir    string
	server *fuse.Server
	root   *root

	mu   sync.Mutex
	next uint64
}

type root struct{ fs.Inode }

// Usable says why FUSE can't be used here; nil where it can.
func Usable() error {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("no FUSE here: %w: load the kernel's module fuse, or give this container /dev/fuse", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	m, err := Mount()
	if err != nil {
		return err
	}
	return m.Close()
}

// Mount mounts the file system in a folder of its own.
func Mount() (*Mounted, error) {
	dir, err := os.MkdirTemp("", "aisle-crash-")
	if err != nil {
		return nil, err
	}
	keep := kept
	m := &Mounted{dir: dir, root: &root{}}
	m.server, err = fs.Mount(dir, m.root, &fs.Options{
		EntryTimeout: &keep, AttrTimeout: &keep,
		MountOptions: fuse.MountOptions{FsName: "aisle-crash", Name: "aisle-crash", DirectMount: true, DisableXAttrs: true, DisableReadDirPlus: true},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mount a FUSE file system: %w: run it as root, or install fusermount3", err), os.Remove(dir))
	}
	return m, nil
}

// Close unmounts. Nobody may use a disk any more.
func (m *Mounted) Close() error {
	err := m.server.Unmount()
	for range 50 { // who used it may still be ending
		if err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
		err = m.server.Unmount()
	}
	if err != nil {
		return fmt.Errorf("unmount %s: %w", m.dir, err)
	}
	m.server.Wait()
	return os.Remove(m.dir)
}

// Serve gives a disk a folder, until done is called.
func (m *Mounted) Serve(d *Disk) (dir string, done func()) {
	m.mu.Lock()
	m.next++
	n := m.next
	m.mu.Unlock()
	name := "d" + strconv.FormatUint(n, 10)
	f := &folder{disk: d, number: n}
	m.root.AddChild(name, m.root.NewPersistentInode(context.Background(), f, fs.StableAttr{Mode: fuse.S_IFDIR, Ino: n << 32}), true)
	return filepath.Join(m.dir, name), func() {
		m.root.RmChild(name)
		_ = m.root.NotifyEntry(name) // the kernel may not know it any more
	}
}

// folder is a disk as FUSE sees it.
type folder struct {
	fs.Inode
	disk   *Disk
	number uint64
}

var _ = []any{
	fs.NodeLookuper(&folder{}), fs.NodeCreater(&folder{}), fs.NodeUnlinker(&folder{}), fs.NodeRenamer(&folder{}), fs.NodeReaddirer(&folder{}), fs.NodeFsyncer(&folder{}),
	fs.NodeOpener(&node{}), fs.NodeReader(&node{}), fs.NodeWriter(&node{}), fs.NodeFsyncer(&node{}), fs.NodeSetattrer(&node{}), fs.NodeGetattrer(&node{}),
}

func (f *folder) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = fuse.S_IFDIR | 0o700
	return 0
}

func (f *folder) inode(ctx context.Context, name string, id int, out *fuse.EntryOut) *fs.Inode {
	n := &node{disk: f.disk, id: id, name: name}
	n.attr(&out.Attr)
	return f.NewInode(ctx, n, fs.StableAttr{Mode: fuse.S_IFREG, Ino: f.number<<32 | uint64(id)})
}

// Lookup finds a file.
func (f *folder) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	id, ok := f.disk.lookup(name)
	if !ok {
		return nil, syscall.ENOENT
	}
	return f.inode(ctx, name, id, out), 0
}

// Create makes a file.
func (f *folder) Create(ctx context.Context, name string, _ uint32, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	id, errno := f.disk.create(name)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	return f.inode(ctx, name, id, out), &opening{f.disk.opened()}, openFlags(name), 0
}

// Unlink takes a name away; who has the file open goes on with it.
func (f *folder) Unlink(_ context.Context, name string) syscall.Errno { return f.disk.unlink(name) }

// Rename moves within the folder.
func (f *folder) Rename(_ context.Context, name string, to fs.InodeEmbedder, toName string, flags uint32) syscall.Errno {
	if to.EmbeddedInode() != f.EmbeddedInode() {
		return syscall.EXDEV
	}
	if flags != 0 {
		return syscall.EINVAL
	}
	return f.disk.rename(name, toName)
}

// Readdir lists the names.
func (f *folder) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	var out []fuse.DirEntry
	for _, n := range f.disk.list() {
		out = append(out, fuse.DirEntry{Name: n, Mode: fuse.S_IFREG})
	}
	return fs.NewListDirStream(out), 0
}

// Fsync makes the names durable.
func (f *folder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return f.disk.syncDir() }

// node is a file.
type node struct {
	fs.Inode
	disk *Disk
	id   int
	name string // it was found by
}

// opening is one descriptor.
type opening struct{ handle uint64 }

func handleOf(f fs.FileHandle) uint64 {
	if o, ok := f.(*opening); ok {
		return o.handle
	}
	return 0
}

// openFlags has the kernel hold nothing back, but of the file that processes map to share memory.
func openFlags(name string) uint32 {
	if unlogged(name) && name != marksName {
		return fuse.FOPEN_KEEP_CACHE
	}
	return fuse.FOPEN_DIRECT_IO
}

func (n *node) attr(out *fuse.Attr) {
	out.Mode, out.Nlink, out.Size = fuse.S_IFREG|0o600, 1, uint64(n.disk.size(n.id))
	out.Blocks, out.Blksize = (out.Size+sector-1)/sector, 4096
	out.Owner = fuse.Owner{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())}
}

// Getattr tells size and owner.
func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.attr(&out.Attr)
	return 0
}

// Setattr cuts or lengthens; all else changes nothing.
func (n *node) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if size, ok := in.GetSize(); ok {
		if errno := n.disk.truncate(n.id, n.name, int64(size)); errno != 0 {
			return errno
		}
	}
	n.attr(&out.Attr)
	return 0
}

// Open opens.
func (n *node) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return &opening{n.disk.opened()}, openFlags(n.name), 0
}

// Read reads.
func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	return fuse.ReadResultData(dest[:n.disk.read(n.id, dest, off)]), 0
}

// Write writes, perhaps less than it was given.
func (n *node) Write(_ context.Context, f fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	some, errno := n.disk.write(n.id, handleOf(f), n.name, data, off)
	return uint32(some), errno
}

// Fsync makes the file's data durable.
func (n *node) Fsync(_ context.Context, f fs.FileHandle, _ uint32) syscall.Errno {
	return n.disk.sync(n.id, handleOf(f), n.name)
}
