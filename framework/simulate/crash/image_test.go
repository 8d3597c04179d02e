package crash

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// on plays operations on a disk that holds a file a of 1 KiB of 'a', all durable.
func on(ops ...Op) *cut {
	c := newCut(Image{{Name: "a", Data: bytes.Repeat([]byte("a"), 1024)}})
	for _, op := range ops {
		c.after(op)
	}
	return c
}

func filled(off int64, n int, with string) Op {
	return Op{Kind: Write, File: 1, Off: off, Data: bytes.Repeat([]byte(with), n)}
}

func images(c *cut, v Variant) (all []Image) {
	for salt := range uint64(64) {
		if img, ok := c.image(v, rand.New(rand.NewPCG(salt, 7))); ok {
			all = append(all, img.clone())
		}
	}
	return all
}

func (img Image) file(name string) (string, bool) {
	for _, f := range img {
		if f.Name == name {
			return string(f.Data), true
		}
	}
	return "", false
}

func TestSyncedIsNeverLost(t *testing.T) {
	c := on(filled(0, 700, "b"), Op{Kind: Sync, File: 1}, filled(700, 700, "c"), Op{Kind: Create, File: 2, Name: "new"})
	for v := range Rotten {
		for _, img := range images(c, v) {
			if a, ok := img.file("a"); !ok || len(a) < 1024 || a[:512] != string(bytes.Repeat([]byte("b"), 512)) {
				t.Fatalf("%s lost what was synced", v)
			}
		}
	}
}

func TestVariants(t *testing.T) {
	c := on(filled(0, 512, "b"), filled(512, 1024, "c"), Op{Kind: Create, File: 2, Name: "new"})
	has := func(v Variant, what string, is func(a string, newer bool) bool) {
		t.Helper()
		if !slices.ContainsFunc(images(c, v), func(img Image) bool {
			a, _ := img.file("a")
			_, newer := img.file("new")
			return is(a, newer)
		}) {
			t.Errorf("%s never left %s", v, what)
		}
	}
	has(Clean, "all", func(a string, n bool) bool { return len(a) == 1536 && a[0] == 'b' && a[1535] == 'c' && n })
	has(Lost, "nothing", func(a string, n bool) bool { return len(a) == 1024 && a[0] == 'a' && !n })
	has(Torn, "half of the last write", func(a string, n bool) bool { return len(a) == 1024 && a[0] == 'b' && a[1023] == 'c' && !n })
	has(Split, "a part of a sector", func(a string, _ bool) bool { return len(a)%sector != 0 && a[0] == 'b' })
	has(Reordered, "the second without the first", func(a string, _ bool) bool { return len(a) == 1536 && a[0] == 'a' && a[1535] == 'c' })
	has(Reordered, "the name alone", func(a string, n bool) bool { return len(a) == 1024 && a[0] == 'a' && a[1023] == 'a' && n })
	has(Shredded, "a hole", func(a string, _ bool) bool { return len(a) == 1536 && a[512] == 'a' && a[1024] == 'c' })
	has(Flipped, "another byte", func(a string, _ bool) bool { return bytes.Count([]byte(a[512:]), []byte("c")) == 1023 })
	for _, img := range images(on(), Rotten) {
		if a, _ := img.file("a"); bytes.Count([]byte(a), []byte("a")) != 1023 {
			t.Error("rot that flips no bit, or several")
		}
	}
}

// Names are durable by a sync of the folder and by nothing else.
func TestNames(t *testing.T) {
	c := on(Op{Kind: Create, File: 2, Name: "b"}, Op{Kind: Write, File: 2, Data: []byte("x")}, Op{Kind: Sync, File: 2})
	img, _ := c.image(Lost, nil)
	if _, ok := img.file("b"); ok {
		t.Error("a name outlived a power cut that no sync of the folder went before")
	}
	c.after(Op{Kind: SyncDir})
	c.after(Op{Kind: Rename, File: 2, Name: "b", To: "c"})
	c.after(Op{Kind: Unlink, File: 1, Name: "a"})
	img, _ = c.image(Lost, nil)
	if b, ok := img.file("b"); !ok || b != "x" || len(img) != 2 {
		t.Errorf("%v", img)
	}
	img, _ = c.image(Clean, nil)
	if b, ok := img.file("c"); !ok || b != "x" || len(img) != 1 {
		t.Errorf("%v", img)
	}
}

// After a sync that failed, one that succeeds proves nothing.
func TestFailedSyncDropsPages(t *testing.T) {
	c := on(filled(0, 512, "b"), Op{Kind: Sync, File: 1, Err: syscall.EIO}, Op{Kind: Sync, File: 1})
	img := imageOf(c.onDisk, c.durable)
	if a, _ := img.file("a"); a[0] != 'a' {
		t.Error("a second sync made durable what the first had dropped")
	}
	img, _ = c.image(Clean, nil)
	if a, _ := img.file("a"); a[0] != 'b' {
		t.Error("what was written can't be read any more")
	}
}

func TestDiskAnswersWithErrors(t *testing.T) {
	d := NewDisk(nil, func(n int, _ Op) (syscall.Errno, int) {
		switch n {
		case 1:
			return syscall.ENOSPC, 0
		case 2:
			return 0, 3
		}
		return 0, 0
	})
	id, errno := d.create("f")
	if errno != 0 {
		t.Fatal(errno)
	}
	if n, errno := d.write(id, 1, "f", []byte("hello"), 0); n != 0 || errno != syscall.ENOSPC || d.size(id) != 0 {
		t.Errorf("%d bytes, %v", n, errno)
	}
	if n, errno := d.write(id, 1, "f", []byte("hello"), 0); n != 3 || errno != 0 || d.size(id) != 3 {
		t.Errorf("%d bytes, %v", n, errno)
	}
	log := d.Log()
	if len(log) != 3 || log[1].Err != syscall.ENOSPC || string(log[2].Data) != "hel" {
		t.Errorf("%+v", log)
	}
}
