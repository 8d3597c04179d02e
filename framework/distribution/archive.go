package distribution

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The limits of an archive.
const (
	maxFiles    = 1000
	maxFile     = 512 << 20
	maxUnpacked = 2 << 30
	// maxArchive is the most bytes of the archive itself.
	maxArchive = 1 << 30
)

// gzipHead is how an archive begins: no name, no time, no maker.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}

// PackageError says why an archive or a folder is no package.
type PackageError struct {
	// File is the one in the package that is wrong; empty for the whole.
	File, Reason string
}

func (e *PackageError) Error() string {
	if e.File == "" {
		return "this is no plugin package: " + e.Reason
	}
	return fmt.Sprintf("this is no plugin package: %q %s", shorten(e.File), e.Reason)
}

func shorten(s string) string {
	const most = 120
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// modeOf is how a file of a package is kept: programs may be executed.
func modeOf(name string) int64 {
	if strings.HasPrefix(name, binDir+"/") {
		return 0o755
	}
	return 0o644
}

// pack writes the files of a folder as an archive. Equal files are equal bytes.
func pack(w io.Writer, dir string, names []string) error {
	z, err := gzip.NewWriterLevel(w, gzip.DefaultCompression)
	if err != nil {
		return err
	}
	z.OS = gzipHead[9]
	t := tar.NewWriter(z)
	for _, name := range slices.Sorted(slices.Values(names)) {
		if err := packFile(t, dir, name); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), z.Close())
}

func packFile(t *tar.Writer, dir, name string) error {
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: modeOf(name), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// unpack writes the files of an archive into an empty folder. It refuses
// whatever pack would not have written.
func unpack(r io.Reader, dir string) error {
	in := bufio.NewReader(io.LimitReader(r, maxArchive))
	if head, err := in.Peek(len(gzipHead)); err != nil || !bytes.Equal(head, gzipHead) {
		return &PackageError{Reason: "it does not begin as an archive of aisle plugin pack does"}
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return &PackageError{Reason: err.Error()}
	}
	z.Multistream(false)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacker{t: tar.NewReader(z), root: root, left: maxUnpacked}
	for {
		done, err := u.next()
		if err != nil {
			return err
		}
		if done {
			break
		}
	}
	// What follows the last file is zeros, and nothing follows the archive.
	rest, err := io.ReadAll(io.LimitReader(z, 4096))
	if err != nil {
		return &PackageError{Reason: "its end is broken: " + err.Error()}
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) || len(bytes.Trim(rest, "\x00")) > 0 {
		return &PackageError{Reason: "something follows its end"}
	}
	return nil
}

type unpacker struct {
	t    *tar.Reader
	root *os.Root
	seen []string
	left int64
}

func (u *unpacker) next() (done bool, err error) {
	h, err := u.t.Next()
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	if err != nil {
		return false, &PackageError{Reason: "it is broken: " + err.Error()}
	}
	if err := u.refuse(h); err != nil {
		return false, err
	}
	u.seen = append(u.seen, strings.ToLower(h.Name))
	u.left -= h.Size
	name := filepath.FromSlash(h.Name)
	if dir := filepath.Dir(name); dir != "." {
		if err := u.root.MkdirAll(dir, 0o755); err != nil {
			return false, &PackageError{h.Name, "can't be written: " + err.Error()}
		}
	}
	f, err := u.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fs.FileMode(modeOf(h.Name))) //nolint:gosec // one of two modes
	if err != nil {
		return false, &PackageError{h.Name, "can't be written: " + err.Error()}
	}
	n, err := io.Copy(f, io.LimitReader(u.t, h.Size))
	if err == nil && n != h.Size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = &PackageError{h.Name, "is broken: " + err.Error()}
	}
	return false, errors.Join(err, f.Close())
}

func (u *unpacker) refuse(h *tar.Header) error {
	switch {
	case h.Typeflag != tar.TypeReg || h.Linkname != "" || len(h.PAXRecords) > 0:
		return &PackageError{h.Name, "is no plain file: links, folders and devices are not unpacked"}
	case !pathForm.MatchString(h.Name):
		return &PackageError{h.Name, "can't be the name of a file: it would lie outside, hide, or not exist on every machine"}
	case slices.Contains(u.seen, strings.ToLower(h.Name)):
		return &PackageError{h.Name, "is there twice"}
	case len(u.seen) >= maxFiles:
		return &PackageError{h.Name, fmt.Sprintf("is one file too many: the limit is %d", maxFiles)}
	case h.Size < 0 || h.Size > maxFile || h.Size > u.left:
		return &PackageError{h.Name, fmt.Sprintf("has %d bytes: a file has at most %d MiB, all of them %d MiB", h.Size, maxFile>>20, maxUnpacked>>20)}
	case h.Mode != modeOf(h.Name) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.ModTime.Unix() != 0:
		return &PackageError{h.Name, "has an owner, a time or a mode that aisle plugin pack does not write"}
	}
	return nil
}
