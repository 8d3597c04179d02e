package crash

import (
	"bytes"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Image is what a disk holds: its files by name, in order.
type Image []File

// File is a file of an image.
type File struct {
	Name string
	Data []byte
}

// Variant is what a power cut leaves of what was not synced.
type Variant uint8

// The variants.
const (
	Clean     Variant = iota // all of it
	Lost                     // none of it
	Torn                     // all, but the last write only up to a sector's end
	Split                    // all, but the last write only up to any of its bytes
	Reordered                // any of it, whichever was written first
	Shredded                 // any sectors of any of it
	Flipped                  // all, with a bit of the last write flipped
	Rotten                   // all, with a bit flipped of what was durable
	variants
)

// sector is what a disk writes wholly or not at all.
const sector = 512

func (v Variant) String() string {
	return [...]string{"clean", "lost", "torn", "split", "reordered", "shredded", "flipped", "rotten"}[v]
}

// variantOf is the variant of a name.
func variantOf(name string) (Variant, bool) {
	for v := range variants {
		if v.String() == name {
			return v, true
		}
	}
	return 0, false
}

// cut follows a disk's log and gives the images of a power cut right there.
type cut struct {
	durable, live   map[int][]byte
	onDisk, visible map[string]int // names
	pending         []Op           // not synced, oldest first
	dropped         map[int]bool   // a sync of the file failed: what was pending then never gets durable
}

func newCut(base Image) *cut {
	c := &cut{durable: map[int][]byte{}, live: map[int][]byte{}, onDisk: map[string]int{}, visible: map[string]int{}, dropped: map[int]bool{}}
	for i, f := range base {
		c.durable[i+1], c.live[i+1] = bytes.Clone(f.Data), bytes.Clone(f.Data)
		c.onDisk[f.Name], c.visible[f.Name] = i+1, i+1
	}
	return c
}

// after takes one more operation in.
func (c *cut) after(op Op) {
	switch {
	case op.Err != 0 && op.Kind == Sync: // the kernel says so once and marks the pages clean
		c.pending = slices.DeleteFunc(c.pending, func(p Op) bool { return onData(p) && p.File == op.File })
		return
	case op.Err != 0:
		return
	}
	switch op.Kind {
	case Write, Truncate:
		onFile(c.live, op)
		c.pending = append(c.pending, op)
	case Create, Unlink, Rename:
		onNames(c.visible, op)
		c.pending = append(c.pending, op)
	case Sync:
		c.settle(func(p Op) bool { return onData(p) && p.File == op.File })
	case SyncDir:
		c.settle(func(p Op) bool { return !onData(p) })
	case Mark:
	}
}

func onData(op Op) bool { return op.Kind == Write || op.Kind == Truncate }

func (c *cut) settle(which func(Op) bool) {
	rest := c.pending[:0]
	for _, p := range c.pending {
		switch {
		case !which(p):
			rest = append(rest, p)
		case onData(p):
			onFile(c.durable, p)
		default:
			onNames(c.onDisk, p)
		}
	}
	c.pending = rest
}

func onFile(files map[int][]byte, op Op) {
	if op.Kind == Truncate {
		files[op.File] = truncated(files[op.File], op.Off)
		return
	}
	files[op.File] = written(files[op.File], op.Data, op.Off)
}

func onNames(names map[string]int, op Op) {
	switch op.Kind {
	case Create:
		names[op.Name] = op.File
	case Unlink:
		if names[op.Name] == op.File {
			delete(names, op.Name)
		}
	case Rename:
		if names[op.Name] == op.File {
			delete(names, op.Name)
		}
		names[op.To] = op.File
	case Write, Truncate, Sync, SyncDir, Mark:
	}
}

// image is what a power cut here may leave. ok is false where the variant can't be: nothing to tear, or to flip.
func (c *cut) image(v Variant, rng *rand.Rand) (_ Image, ok bool) {
	last := -1
	for i, p := range c.pending {
		if p.Kind == Write && len(p.Data) > 0 {
			last = i
		}
	}
	switch v {
	case Clean:
		return imageOf(c.visible, c.live), true
	case Lost:
		return imageOf(c.onDisk, c.durable), len(c.pending) > 0
	case Torn, Split:
		if last < 0 {
			return nil, false
		}
		p := c.pending[last]
		keep := rng.IntN(len(p.Data))
		if v == Torn { // up to the end of a sector of the disk
			keep = max(0, keep-int((p.Off+int64(keep))%sector))
		}
		p.Data = p.Data[:keep]
		return c.some(func(i int, op Op) (Op, bool) {
			if i == last {
				return p, keep > 0
			}
			return op, i < last
		}), true
	case Reordered:
		return c.some(func(_ int, op Op) (Op, bool) { return op, rng.IntN(2) == 0 }), len(c.pending) > 0
	case Shredded:
		return c.shredded(rng), len(c.pending) > 0
	case Flipped:
		if last < 0 {
			return nil, false
		}
		p := c.pending[last]
		p.Data = bytes.Clone(p.Data)
		p.Data[rng.IntN(len(p.Data))] ^= 1 << rng.IntN(8)
		return c.some(func(i int, op Op) (Op, bool) {
			if i == last {
				op = p
			}
			return op, true
		}), true
	case Rotten:
		return c.rotten(rng)
	case variants:
	}
	return nil, false
}

// some is what is durable, and those pending operations that keep gives.
func (c *cut) some(keep func(int, Op) (Op, bool)) Image {
	names, files := maps.Clone(c.onDisk), maps.Clone(c.durable)
	own := map[int]bool{}
	for i, p := range c.pending {
		p, ok := keep(i, p)
		switch {
		case !ok:
		case !onData(p):
			onNames(names, p)
		default:
			if !own[p.File] {
				own[p.File], files[p.File] = true, bytes.Clone(files[p.File])
			}
			onFile(files, p)
		}
	}
	return imageOf(names, files)
}

// shredded keeps any of the sectors that are pending. The file's length may be that of sectors that were lost.
func (c *cut) shredded(rng *rand.Rand) Image {
	whole := c.pending
	defer func() { c.pending = whole }()
	c.pending = nil
	for _, p := range whole {
		if p.Kind != Write {
			c.pending = append(c.pending, p)
			continue
		}
		for len(p.Data) > 0 {
			piece := p
			piece.Data = p.Data[:min(len(p.Data), sector-int(p.Off%sector))]
			c.pending = append(c.pending, piece)
			p.Off, p.Data = p.Off+int64(len(piece.Data)), p.Data[len(piece.Data):]
		}
	}
	return c.some(func(_ int, op Op) (Op, bool) { return op, rng.IntN(4) > 0 })
}

// rotten flips a bit of what is durable.
func (c *cut) rotten(rng *rand.Rand) (Image, bool) {
	img := imageOf(c.onDisk, c.durable)
	size := 0
	for _, f := range img {
		size += len(f.Data)
	}
	if size == 0 {
		return nil, false
	}
	at := rng.IntN(size)
	for i, f := range img {
		if at < len(f.Data) {
			img[i].Data = bytes.Clone(f.Data)
			img[i].Data[at] ^= 1 << rng.IntN(8)
			break
		}
		at -= len(f.Data)
	}
	return img, true
}

// imageOf shares what is in files, so it is good until the cut moves on.
func imageOf(names map[string]int, files map[int][]byte) Image {
	img := make(Image, 0, len(names))
	for _, n := range slices.Sorted(maps.Keys(names)) {
		img = append(img, File{Name: n, Data: files[names[n]]})
	}
	return img
}

// sum tells images apart.
func (img Image) sum(seed maphash.Seed) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, f := range img {
		h.WriteString(f.Name)
		h.WriteByte(0)
		maphash.WriteComparable(&h, len(f.Data))
		h.Write(f.Data)
	}
	return h.Sum64()
}

// clone is an image of its own.
func (img Image) clone() Image {
	out := make(Image, len(img))
	for i, f := range img {
		out[i] = File{Name: f.Name, Data: bytes.Clone(f.Data)}
	}
	return out
}

// put makes dir hold the image and nothing else.
func (img Image) put(dir string) error {
	old, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range old {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	for _, f := range img {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// take reads the image that dir holds.
func take(dir string) (Image, error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var img Image
	for _, e := range all {
		if unlogged(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		img = append(img, File{Name: e.Name(), Data: b})
	}
	return img, nil
}
