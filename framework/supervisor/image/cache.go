package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"syscall"
)

// key is what a file is known by as long as nobody has changed it.
type key struct {
	dev, ino     uint64
	size         int64
	mtime, ctime int64 // nanoseconds
}

// Cache holds the programs that are in use, and some that were. One that is
// closed has let go of all.
type Cache struct {
	keepImages int
	keepBytes  int64

	mu     sync.Mutex
	byKey  map[key]*Image
	bySum  map[[32]byte]*Image
	clock  uint64 // counts uses; the order of eviction
	closed bool
	// copying are the files that somebody copies now: two plugins of one program are
	// started at once, and copying and hashing it is most of what a start costs.
	copying map[key]chan struct{}
	copyOf  func(*os.File, int64) (*Image, state, error)
}

// NewCache makes a cache. It opens nothing.
func NewCache() *Cache {
	return &Cache{
		keepImages: KeepImages, keepBytes: KeepBytes,
		byKey: map[key]*Image{}, bySum: map[[32]byte]*Image{}, copying: map[key]chan struct{}{}, copyOf: copyOf,
	}
}

// Load copies the file at path, symbolic links followed, into sealed memory, or
// finds it there. Whoever loads an image closes it. The error is one of the
// package's, or that of the file system; all name the path.
func (c *Cache) Load(path string, o *Options) (*Image, error) {
	if o == nil {
		o = &Options{}
	}
	limit := o.Max
	if limit <= 0 {
		limit = MaxSize
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := look(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if st.settled { // else it is copied for each: what is in memory may be older
		defer c.turn(st.key)()
	}
	if i, err := c.known(st.key); i != nil || err != nil {
		return c.checked(i, err, path, o.Want)
	}
	made, st, err := c.copyOf(f, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	i, err := c.adopt(made, st)
	return c.checked(i, err, path, o.Want)
}

func (c *Cache) checked(i *Image, err error, path string, want [32]byte) (*Image, error) {
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := i.check(path, want); err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

// open opens a file without waiting for the other end of a pipe.
func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENXIO) {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrIrregular}
	}
	return f, err
}

// known returns the image of a file that has been loaded and not changed since.
func (c *Cache) known(k key) (*Image, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	i := c.byKey[k]
	if i != nil {
		c.hold(i)
	}
	return i, nil
}

// turn waits while somebody copies the same file. Done lets the next go on.
func (c *Cache) turn(k key) (done func()) {
	mine := make(chan struct{})
	for {
		c.mu.Lock()
		other := c.copying[k]
		if other == nil {
			c.copying[k] = mine
		}
		c.mu.Unlock()
		if other == nil {
			break
		}
		<-other
	}
	return func() {
		c.mu.Lock()
		delete(c.copying, k)
		c.mu.Unlock()
		close(mine)
	}
}

// adopt takes an image in, or lets it go for one with the same bytes.
func (c *Cache) adopt(made *Image, st state) (*Image, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		made.file.Close()
		return nil, ErrClosed
	}
	i := c.bySum[made.SHA256]
	if i == nil {
		i = made
		i.cache = c
		c.bySum[i.SHA256] = i
	} else {
		made.file.Close()
	}
	if st.settled && c.byKey[st.key] != i {
		c.byKey[st.key] = i
		i.keys = append(i.keys, st.key)
		if len(i.keys) > maxKeys {
			delete(c.byKey, i.keys[0])
			i.keys = slices.Delete(i.keys, 0, 1)
		}
	}
	c.hold(i)
	c.evict()
	return i, nil
}

// maxKeys is how many files with the same bytes are known by their number.
const maxKeys = 8

func (c *Cache) hold(i *Image) {
	c.clock++
	i.holds++
	i.used = c.clock
}

func (c *Cache) release(i *Image) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i.holds == 0 {
		return // closed with the cache, or twice
	}
	i.holds--
	c.evict()
}

// evict lets go of what nobody holds and was used longest ago, until there is
// no more of it than is to be kept.
func (c *Cache) evict() {
	var idle []*Image
	var bytes int64
	for _, i := range c.bySum {
		if i.holds == 0 {
			idle = append(idle, i)
			bytes += i.Size
		}
	}
	slices.SortFunc(idle, func(a, b *Image) int { return int(a.used) - int(b.used) })
	for len(idle) > c.keepImages || bytes > c.keepBytes {
		c.drop(idle[0])
		bytes -= idle[0].Size
		idle = idle[1:]
	}
}

func (c *Cache) drop(i *Image) {
	i.file.Close()
	delete(c.bySum, i.SHA256)
	for _, k := range i.keys {
		if c.byKey[k] == i {
			delete(c.byKey, k)
		}
	}
}

// Close lets go of all images, held or not: a process that runs one has its own
// hold on it. Load fails from now on.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, i := range c.bySum {
		i.holds = 0
		c.drop(i)
	}
	return nil
}
