package crash

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Kind is a kind of operation on a disk.
type Kind uint8

// The kinds.
const (
	Write Kind = iota + 1
	Truncate
	Create
	Unlink
	Rename
	Sync    // of a file: its data is durable
	SyncDir // of the folder: its names are
	Mark    // word of the process that uses the disk; it changes nothing
)

func (k Kind) String() string {
	return [...]string{"", "write", "truncate", "create", "unlink", "rename", "sync", "sync_dir", "mark"}[k]
}

// Op is one operation that a disk saw, in the order in which it answered.
type Op struct {
	Kind   Kind
	File   int           // which file, whatever its name
	Handle uint64        // which opening of it
	Name   string        // of the file at the time
	To     string        // new name, of a rename
	Off    int64         // of a write; new size of a truncate
	Data   []byte        // of a write or mark
	Err    syscall.Errno // what was answered in place of doing it
}

// The names that are no part of what a power cut leaves: the index of SQLite's log lives in memory that processes
// share, and marks are not of the store.
const (
	shmSuffix = "-shm"
	marksName = ".marks"
)

// Disk is one folder of files in memory, and the log of what was done to them.
type Disk struct {
	mu     sync.Mutex
	files  map[int][]byte
	names  map[string]int
	next   int
	handle uint64
	base   Image
	log    []Op
	fault  Fault
}

// Fault decides what is answered in place of carrying operation n out; 0 carries it out. With 0 and some, only so many
// bytes of a write are written, and the writer is told so. It sees marks too, and can't change them.
type Fault func(n int, op Op) (err syscall.Errno, some int)

// NewDisk returns a disk with an image on it, all durable.
func NewDisk(base Image, fault Fault) *Disk {
	d := &Disk{files: map[int][]byte{}, names: map[string]int{}, base: base, fault: fault}
	for _, f := range base {
		d.next++
		d.files[d.next], d.names[f.Name] = bytes.Clone(f.Data), d.next
	}
	return d
}

// Log is what was done so far.
func (d *Disk) Log() []Op {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.log)
}

// do logs an operation and says whether, and with how many bytes, to carry it out. The caller holds mu.
func (d *Disk) do(op Op) (syscall.Errno, int) {
	some := len(op.Data)
	if d.fault != nil {
		var n int
		if op.Err, n = d.fault(len(d.log), op); op.Err == 0 && n > 0 && n < some {
			some = n
		}
	}
	op.Data = bytes.Clone(op.Data[:some])
	d.log = append(d.log, op)
	return op.Err, some
}

func (d *Disk) create(name string) (int, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.names[name]; ok {
		return 0, syscall.EEXIST
	}
	if !unlogged(name) {
		if err, _ := d.do(Op{Kind: Create, File: d.next + 1, Name: name}); err != 0 {
			return 0, err
		}
	}
	d.next++
	d.files[d.next], d.names[name] = nil, d.next
	return d.next, 0
}

func (d *Disk) unlink(name string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.names[name]
	if !ok {
		return syscall.ENOENT
	}
	if !unlogged(name) {
		if err, _ := d.do(Op{Kind: Unlink, File: id, Name: name}); err != 0 {
			return err
		}
	}
	delete(d.names, name)
	return 0
}

func (d *Disk) rename(name, to string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.names[name]
	if !ok {
		return syscall.ENOENT
	}
	if err, _ := d.do(Op{Kind: Rename, File: id, Name: name, To: to}); err != 0 {
		return err
	}
	delete(d.names, name)
	d.names[to] = id
	return 0
}

func (d *Disk) write(id int, handle uint64, name string, data []byte, off int64) (int, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case name == marksName:
		_, n := d.do(Op{Kind: Mark, Data: data})
		return n, 0
	case unlogged(name):
		d.files[id] = written(d.files[id], data, off)
		return len(data), 0
	}
	err, some := d.do(Op{Kind: Write, File: id, Handle: handle, Name: name, Data: data, Off: off})
	if err != 0 {
		return 0, err
	}
	d.files[id] = written(d.files[id], data[:some], off)
	return some, 0
}

func (d *Disk) truncate(id int, name string, size int64) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !unlogged(name) {
		if err, _ := d.do(Op{Kind: Truncate, File: id, Name: name, Off: size}); err != 0 {
			return err
		}
	}
	d.files[id] = truncated(d.files[id], size)
	return 0
}

func (d *Disk) sync(id int, handle uint64, name string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if unlogged(name) {
		return 0
	}
	err, _ := d.do(Op{Kind: Sync, File: id, Handle: handle, Name: name})
	return err
}

func (d *Disk) syncDir() syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	err, _ := d.do(Op{Kind: SyncDir})
	return err
}

func (d *Disk) read(id int, dest []byte, off int64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if data := d.files[id]; off < int64(len(data)) {
		return copy(dest, data[off:])
	}
	return 0
}

func (d *Disk) size(id int) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int64(len(d.files[id]))
}

func (d *Disk) lookup(name string) (int, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, ok := d.names[name]
	return id, ok
}

func (d *Disk) list() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for n := range d.names {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func (d *Disk) opened() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handle++
	return d.handle
}

func unlogged(name string) bool { return strings.HasSuffix(name, shmSuffix) || name == marksName }

// written is content with data at off; what lies between the end and off is zero.
func written(content, data []byte, off int64) []byte {
	if end := off + int64(len(data)); end > int64(len(content)) {
		content = truncated(content, end)
	}
	copy(content[off:], data)
	return content
}

func truncated(content []byte, size int64) []byte {
	if size <= int64(len(content)) {
		return content[:size:size]
	}
	return append(content, make([]byte, size-int64(len(content)))...)
}
