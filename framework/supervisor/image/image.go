package image

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
)

// The limits of what is read and kept.
const (
	// MaxSize is how many bytes a program may have, unless Options say less.
	MaxSize = 512 << 20
	// KeepImages and KeepBytes are how many programs that nobody holds a cache
	// keeps, for the next start.
	KeepImages = 32
	KeepBytes  = 256 << 20
	// Tries is how often a file that changes while it is read is read anew,
	// before it is refused.
	Tries = 3
)

var (
	// ErrUnsupported: this system has no sealed memory.
	ErrUnsupported = fmt.Errorf("sealed memory: %w", errors.ErrUnsupported)
	// ErrChanged: the file was being written while it was read.
	ErrChanged = errors.New("the file changes while it is read")
	// ErrHash: the file is another than the one that was wanted.
	ErrHash = errors.New("the file is not the one that was allowed")
	// ErrSize: the file is empty or too large.
	ErrSize = errors.New("the file has a size that no program may have")
	// ErrIrregular: it is a directory, a pipe, a device.
	ErrIrregular = errors.New("it is not a regular file")
	// ErrClosed: the cache has been closed.
	ErrClosed = errors.New("the cache of programs is closed")
)

// Options are what a caller demands of a file. Nil is nothing.
type Options struct {
	// Want is the SHA-256 that the file must have; zero for any.
	Want [32]byte
	// Max is how many bytes it may have; zero for MaxSize.
	Max int64
}

// Image is a program in sealed memory. It is shared by all that loaded the same
// file; each of them closes it once.
type Image struct {
	// SHA256 is the hash of the sealed bytes.
	SHA256 [32]byte
	// Size is their number.
	Size int64
	// Script is whether they begin with "#!": then the kernel opens them anew
	// for the interpreter, and the descriptor must be inherited by it.
	Script bool

	file  *os.File
	cache *Cache

	// The cache's lock is held for what follows.
	holds int
	used  uint64
	keys  []key
}

// File is the descriptor to execute (fexecve, or /proc/self/fd/N). It cannot be
// written, belongs to the image and is not to be closed; reading it by offset
// disturbs nobody.
func (i *Image) File() *os.File { return i.file }

// Close lets go of the image, which the cache then keeps for the next start as
// long as there is room. It never fails.
func (i *Image) Close() { i.cache.release(i) }

// check compares the hash with the one that was wanted.
func (i *Image) check(path string, want [32]byte) error {
	if want == ([32]byte{}) || want == i.SHA256 {
		return nil
	}
	return fmt.Errorf("%s: %w: its SHA-256 is %s and %s was expected", path, ErrHash,
		hex.EncodeToString(i.SHA256[:]), hex.EncodeToString(want[:]))
}
