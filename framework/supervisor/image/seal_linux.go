package image

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// sealExec is F_SEAL_EXEC: the execute permission can't be taken or given
// (Linux 6.3).
const sealExec = 0x20

// seals are what no process can undo, whatever its rights.
const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE

// settledAfter is how old the last change of a file must be for its times to
// tell it from any later one: a file system's clock ticks in steps, of 10 ms at
// most on Linux, and 2 s on FAT.
const settledAfter = 2 * time.Second

// state is a file as it is at one time.
type state struct {
	key key
	// settled is whether a later change is bound to change the key.
	settled bool
}

// look takes the state of an open file and refuses what no program is.
func look(f *os.File, limit int64) (state, error) {
	now := time.Now()
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return state{}, fmt.Errorf("look at the file: %w", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return state{}, ErrIrregular
	}
	if st.Size <= 0 || st.Size > limit {
		return state{}, fmt.Errorf("%w: %d bytes, and 1 to %d are allowed", ErrSize, st.Size, limit)
	}
	changed := max(st.Mtim.Nano(), st.Ctim.Nano())
	return state{
		key:     key{dev: uint64(st.Dev), ino: st.Ino, size: st.Size, mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano()},
		settled: now.Sub(time.Unix(0, changed)) >= settledAfter,
	}, nil
}

// copyOf copies a file that keeps still.
func copyOf(f *os.File, limit int64) (*Image, state, error) {
	for range Tries {
		before, err := look(f, limit)
		if err != nil {
			return nil, state{}, err
		}
		i, err := seal(f, before.key.size)
		if errors.Is(err, ErrChanged) {
			continue
		}
		if err != nil {
			return nil, state{}, err
		}
		after, err := look(f, limit)
		if err == nil && after.key == before.key {
			return i, before, nil
		}
		i.file.Close()
	}
	return nil, state{}, fmt.Errorf("%w, %d times in a row: install plugins by renaming a whole file into place", ErrChanged, Tries)
}

// seal makes an image of the first size bytes of f, which must be all. The hash
// is taken from the copy once nobody can change it any more.
func seal(f *os.File, size int64) (*Image, error) {
	m, err := memfd()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	n, err := io.Copy(m, io.LimitReader(f, size+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("copy the file into memory: %w", err)
	case n != size:
		return nil, ErrChanged
	}
	if _, err := unix.FcntlInt(m.Fd(), unix.F_ADD_SEALS, seals|sealExec); err != nil {
		if _, err := unix.FcntlInt(m.Fd(), unix.F_ADD_SEALS, seals); err != nil {
			return nil, fmt.Errorf("seal the memory: %w", err)
		}
	}
	// One that can't write, to begin with: what has it can't even try.
	r, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", m.Fd()))
	if err != nil {
		return nil, fmt.Errorf("open the sealed memory (is /proc mounted?): %w", err)
	}
	i := &Image{Size: size, file: r}
	if err := i.hash(); err != nil {
		r.Close()
		return nil, err
	}
	return i, nil
}

// memfd makes a file in memory that may be sealed and executed.
func memfd() (*os.File, error) {
	const name = "aisle-plugin"
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3 all could be executed
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	}
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// hashBuffer is how much is hashed at a time.
const hashBuffer = 256 << 10

// hash fills in what the sealed bytes are.
func (i *Image) hash() error {
	h := sha256.New()
	n, err := io.CopyBuffer(h, struct{ io.Reader }{io.NewSectionReader(i.file, 0, i.Size)}, make([]byte, hashBuffer))
	if err != nil || n != i.Size {
		return fmt.Errorf("hash the sealed memory: %d bytes of %d: %w", n, i.Size, errors.Join(err, io.ErrUnexpectedEOF))
	}
	h.Sum(i.SHA256[:0])
	var head [2]byte
	if _, err := i.file.ReadAt(head[:min(2, i.Size)], 0); err != nil {
		return fmt.Errorf("read the sealed memory: %w", err)
	}
	i.Script = head == [2]byte{'#', '!'}
	return nil
}
