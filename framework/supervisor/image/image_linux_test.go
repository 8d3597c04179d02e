package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, c *Cache, path string, o *Options) *Image {
	t.Helper()
	i, err := c.Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.Close)
	return i
}

func content(t *testing.T, i *Image) string {
	t.Helper()
	b := make([]byte, i.Size)
	if _, err := i.File().ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestLoad(t *testing.T) {
	c := NewCache()
	defer c.Close()
	path := filepath.Join(t.TempDir(), "p")
	write(t, path, "#!/bin/sh\necho hello\n")
	i := load(t, c, path, nil)
	if i.SHA256 != sha256.Sum256([]byte(content(t, i))) || !i.Script || i.Size != 21 {
		t.Errorf("got %+v", i)
	}
	write(t, path, "other")
	if got := content(t, i); got != "#!/bin/sh\necho hello\n" {
		t.Errorf("the image has become %q", got)
	}
	j := load(t, c, path, nil)
	if content(t, j) != "other" || j.Script {
		t.Errorf("got %+v", j)
	}
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if k := load(t, c, link, &Options{Want: j.SHA256, Max: 5}); k != j {
		t.Error("the same bytes by another name are another image")
	}
}

func TestSealed(t *testing.T) {
	c := NewCache()
	defer c.Close()
	path := filepath.Join(t.TempDir(), "p")
	write(t, path, "text")
	i := load(t, c, path, nil)
	if _, err := i.File().WriteAt([]byte("x"), 0); err == nil {
		t.Error("written through the image's descriptor")
	}
	// Whoever has the rights may open it anew for writing, and still can't.
	proc := fmt.Sprintf("/proc/self/fd/%d", i.File().Fd())
	if f, err := os.OpenFile(proc, os.O_RDWR, 0); err == nil {
		defer f.Close()
		if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, unix.EPERM) {
			t.Errorf("write: %v", err)
		}
		for _, size := range []int64{0, 3, 5} {
			if err := f.Truncate(size); !errors.Is(err, unix.EPERM) {
				t.Errorf("truncate to %d: %v", size, err)
			}
		}
		if _, err := unix.Mmap(int(f.Fd()), 0, 4, unix.PROT_WRITE, unix.MAP_SHARED); err == nil {
			t.Error("mapped for writing")
		}
		if _, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, 0); !errors.Is(err, unix.EPERM) {
			t.Errorf("add seals: %v", err)
		}
	}
	if got := content(t, i); got != "text" {
		t.Errorf("the image has become %q", got)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write(t, at("four"), "four")
	write(t, at("empty"), "")
	if err := unix.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("loop"), at("loop")); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("four"))
	for _, tt := range []struct {
		name, path string
		o          *Options
		want       error
		says       []string
	}{
		{"missing", at("none"), nil, fs.ErrNotExist, nil},
		{"a folder", dir, nil, ErrIrregular, nil},
		{"a pipe", at("pipe"), nil, ErrIrregular, nil},
		{"a device", "/dev/zero", nil, ErrIrregular, nil},
		{"a loop", at("loop"), nil, unix.ELOOP, nil},
		{"empty", at("empty"), nil, ErrSize, []string{"0 bytes"}},
		{"too large", at("four"), &Options{Max: 3}, ErrSize, []string{"4 bytes", "1 to 3"}},
		{"another", at("four"), &Options{Want: [32]byte{1}}, ErrHash, []string{hex.EncodeToString(sum[:]), "0100000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := NewCache()
			defer c.Close()
			i, err := c.Load(tt.path, tt.o)
			if i != nil || !errors.Is(err, tt.want) {
				t.Fatalf("got %v, %v", i, err)
			}
			for _, says := range append(tt.says, tt.path) {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%q does not say %q", err, says)
				}
			}
		})
	}
}

// TestExecute runs an image by its descriptor, with the file replaced by
// something that is no program.
func TestExecute(t *testing.T) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "p")
	write(t, path, string(self))
	c := NewCache()
	defer c.Close()
	i := load(t, c, path, nil)
	write(t, path, "rubbish")
	cmd := exec.Command("/proc/self/fd/3", "say", "it is me")
	cmd.ExtraFiles = []*os.File{i.File()}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "it is me" {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestSwapRace has a path swapped as fast as it goes between two files, one of
// which is allowed, by symbolic link and by rename: what is loaded is always
// what was hashed, and what was allowed.
func TestSwapRace(t *testing.T) {
	swaps := 10_000
	if testing.Short() || raceDetector {
		swaps = 400
	}
	dir := t.TempDir()
	texts := []string{strings.Repeat("good", 3000), strings.Repeat("evil", 3000)}
	for n, text := range texts {
		write(t, filepath.Join(dir, []string{"good", "evil"}[n]), text)
	}
	good := sha256.Sum256([]byte(texts[0]))
	path, next := filepath.Join(dir, "p"), filepath.Join(dir, "next")
	swap := func(n int) error {
		name := []string{"good", "evil"}[n%2]
		if n%4 < 2 {
			if err := os.Symlink(name, next); err != nil {
				return err
			}
		} else if err := os.WriteFile(next, []byte(texts[n%2]), 0o700); err != nil {
			return err
		}
		return os.Rename(next, path)
	}
	if err := swap(0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	var swapper sync.WaitGroup
	swapper.Go(func() {
		for n := range swaps {
			if err := swap(n); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	})
	defer swapper.Wait()
	c := NewCache()
	defer c.Close()
	var loaded, refused int
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
		}
		i, err := c.Load(path, &Options{Want: good})
		if errors.Is(err, ErrHash) {
			refused++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		loaded++
		if content(t, i) != texts[0] {
			t.Fatal("not what was hashed")
		}
		i.Close()
	}
	if loaded == 0 || refused == 0 {
		t.Errorf("%d loaded, %d refused: there was no race", loaded, refused)
	}
}

// TestChanging has a file written in place while it is read.
func TestChanging(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	pages := [2][]byte{bytes.Repeat([]byte{'a'}, 1<<20), bytes.Repeat([]byte{'b'}, 1<<20)}
	write(t, path, string(pages[0]))
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				if _, err := f.WriteAt(pages[n%2], 0); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	defer writer.Wait()
	defer close(stop)
	c := NewCache()
	defer c.Close()
	var changed int
	loads := 50
	if testing.Short() {
		loads = 20
	}
	for range loads {
		i, err := c.Load(path, nil)
		if errors.Is(err, ErrChanged) {
			changed++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if sha256.Sum256([]byte(content(t, i))) != i.SHA256 {
			t.Fatal("not what was hashed")
		}
		i.Close()
	}
	if changed == 0 {
		t.Error("never noticed")
	}
}

func TestCache(t *testing.T) {
	dir := t.TempDir()
	c := NewCache()
	c.keepImages, c.keepBytes = 2, 10
	file := func(text string) string {
		path := filepath.Join(dir, text)
		write(t, path, text)
		return path
	}
	open := func(text string) *Image {
		i, err := c.Load(file(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	a, b, d := open("aa"), open("bb"), open("dd")
	if len(c.bySum) != 3 {
		t.Fatalf("%d are held", len(c.bySum))
	}
	a.Close()
	b.Close()
	d.Close()
	if _, gone := c.bySum[a.SHA256]; gone || len(c.bySum) != 2 {
		t.Errorf("%d are kept", len(c.bySum))
	}
	open("a long one").Close() // 10 bytes: there is room for it alone
	if len(c.bySum) != 1 {
		t.Errorf("%d are kept", len(c.bySum))
	}
	held := open("held")
	held.Close()
	held.Close() // twice is once
	again := open("held")
	if again != held || again.holds != 1 {
		t.Errorf("%d holds", again.holds)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	again.Close()
	if _, err := again.File().Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
	if _, err := c.Load(file("late"), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// TestKnown has the same file loaded again without being read, and read again
// where its times can't tell whether it changed.
func TestKnown(t *testing.T) {
	old := state{key: key{dev: 1, ino: 2, size: 3, mtime: 4, ctime: 5}, settled: true}
	young := state{key: key{dev: 1, ino: 3, size: 3, mtime: 4, ctime: 5}}
	for _, st := range []state{old, young} {
		c := NewCache()
		m, err := memfd()
		if err != nil {
			t.Fatal(err)
		}
		i, err := c.adopt(&Image{file: m, Size: 3}, st)
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.known(st.key)
		if err != nil || (found == i) != st.settled {
			t.Errorf("settled %v: found %v, %v", st.settled, found, err)
		}
		for _, other := range []key{{2, 2, 3, 4, 5}, {1, 9, 3, 4, 5}, {1, 2, 9, 4, 5}, {1, 2, 3, 9, 5}, {1, 2, 3, 4, 9}} {
			if found, _ := c.known(other); found != nil {
				t.Errorf("%v is taken for %v", other, st.key)
			}
		}
		c.Close()
	}
	path := filepath.Join(t.TempDir(), "p")
	write(t, path, "x")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if st, err := look(f, 1); err != nil || st.settled {
		t.Errorf("a file of just now: %+v, %v", st, err)
	}
	past := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, past, past); err != nil {
		t.Fatal(err)
	}
	if st, err := look(f, 1); err != nil || st.settled {
		t.Errorf("a file whose time was set back: %+v, %v", st, err)
	}
}

func BenchmarkLoad(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := NewCache()
		i, err := c.Load(self, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(i.Size)
		c.Close()
	}
}
