// Package lease keeps two hosts on one machine from driving the same device: a
// lease is a locked file, named for the device's own identity, in a folder of
// the machine.
//
// The kernel holds the lock for the process that took it and lets go of it
// however that ends, so a lease needs no time-out and can't be left behind; the
// file tells who holds it. Package devices takes the leases of gates. What a
// lease does not do: it reaches no other machine, and it does not tell devices
// apart that state no serial number.
package lease

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Holder says who holds a lease. It is for people.
type Holder struct {
	// Store and Device are the store's name and the device's address in it.
	Store  string    `json:"store"`
	Device string    `json:"device"`
	PID    int       `json:"pid"`
	Epoch  uint64    `json:"epoch,string"`
	Since  time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another host on this machine"
	}
	return fmt.Sprintf("%s of store %q (process %d) since %s", h.Device, h.Store, h.PID, h.Since.UTC().Format(time.RFC3339))
}

// HeldError says that somebody else has the lease.
type HeldError struct {
	Key    string
	Holder Holder
}

func (e *HeldError) Error() string { return "it is held as " + e.Holder.String() }

// The limits of a lease's file.
const (
	maxFile = 4 << 10
	// tries is how often a file may be replaced while it is being locked.
	tries = 16
)

// Default is the machine's folder of leases: where locks go on this system.
func Default() string {
	for _, dir := range []string{"/run/lock", "/var/lock"} {
		if i, err := os.Stat(dir); err == nil && i.IsDir() && i.Mode()&os.ModeSticky != 0 && i.Mode().Perm()&0o002 != 0 {
			return filepath.Join(dir, "aisle")
		}
	}
	return filepath.Join(os.TempDir(), "aisle-leases")
}

// Lease is held until Release or the end of the process.
type Lease struct {
	path string
	file *os.File
}

// Take takes the lease of a key in a folder, which it makes for all users of the
// machine where it is not there. The error is a *HeldError where somebody else
// has it.
func Take(dir, key string, h Holder) (*Lease, error) {
	if err := folder(dir); err != nil {
		return nil, fmt.Errorf("lease: %w", err)
	}
	sum := sha256.Sum256([]byte(key))
	path := filepath.Join(dir, hex.EncodeToString(sum[:16])+".lease")
	for range tries {
		f, err := open(path)
		if err != nil {
			return nil, fmt.Errorf("lease: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			held := &HeldError{Key: key, Holder: read(f)}
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, held
			}
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		l := &Lease{path: path, file: f}
		if !l.current() { // its last holder removed it meanwhile
			f.Close()
			continue
		}
		if err := l.Renew(h); err != nil {
			f.Close()
			return nil, err
		}
		return l, nil
	}
	return nil, fmt.Errorf("lock %s: others take it and let it go again and again", path)
}

// Renew writes who holds the lease now, such as under another epoch.
func (l *Lease) Renew(h Holder) error {
	b, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	if _, err := l.file.WriteAt(append(b, '\n'), 0); err != nil {
		return fmt.Errorf("lease: %w", err)
	}
	return nil
}

// Path is the lease's file.
func (l *Lease) Path() string { return l.path }

// Release lets go of the lease and removes its file.
func (l *Lease) Release() {
	if l.current() {
		_ = os.Remove(l.path) // while it is locked: nobody else has it
	}
	l.file.Close()
}

// current reports whether the locked file is still the one of that name.
func (l *Lease) current() bool {
	ours, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(l.path)
	return err == nil && os.SameFile(ours, there)
}

// folder makes the folder of leases, writable for every user of the machine as
// their hosts must see each other's, and refuses one that is not what it seems.
func folder(dir string) error {
	err := os.Mkdir(dir, 0o777)
	switch {
	case err == nil:
		return os.Chmod(dir, 0o777|os.ModeSticky) // whatever the umask
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	i, err := os.Lstat(dir)
	if err == nil && !i.IsDir() {
		err = fmt.Errorf("%s is no folder", dir)
	}
	return err
}

// open opens a lease's file. It is made only where it is not there: opening
// another user's file in a shared folder so as to make it is refused by kernels
// with protected_regular.
func open(path string) (*os.File, error) {
	for range tries {
		f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err == nil {
			i, err := f.Stat()
			if err == nil && !i.Mode().IsRegular() {
				err = fmt.Errorf("%s is no file", path)
			}
			if err != nil {
				f.Close()
				return nil, err
			}
			return f, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o666)
		if err == nil {
			return f, f.Chmod(0o666) // other users' hosts lock it, too
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s comes and goes", path)
}

// read reads who holds a lease. What is not readable says nothing.
func read(f *os.File) (h Holder) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, maxFile))
	if err != nil || json.Unmarshal(b, &h) != nil {
		return Holder{}
	}
	h.Store, h.Device = plain(h.Store), plain(h.Device)
	return h
}

// plain keeps what another user's process may have written from drawing on a
// terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '?'
		}
		return r
	}, s)
}
