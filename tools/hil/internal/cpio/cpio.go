// Package cpio writes the archives that a Linux kernel unpacks as its first
// root folder: format newc, of the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
package cpio

import (
	"fmt"
	"io"
	"path"
	"slices"
)

// Modes of what an archive holds, as of stat(2).
const (
	modeFolder = 0o040755
	modeFile   = 0o100644
	modeRun    = 0o100755
)

// A Writer writes one archive. Archives can be joined end to end.
type Writer struct {
	w       io.Writer
	inode   int
	folders []string
	err     error
}

// NewWriter begins an archive.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Folder adds a folder and those above it, each once. Names have no leading slash.
func (w *Writer) Folder(name string) {
	if name == "." || name == "/" || name == "" || slices.Contains(w.folders, name) {
		return
	}
	w.Folder(path.Dir(name))
	w.folders = append(w.folders, name)
	w.entry(name, modeFolder, nil)
}

// File adds a file that can be read, or also run, and the folders above it.
func (w *Writer) File(name string, run bool, content []byte) {
	w.Folder(path.Dir(name))
	mode := modeFile
	if run {
		mode = modeRun
	}
	w.entry(name, mode, content)
}

// Close ends the archive and gives the first error of all.
func (w *Writer) Close() error {
	w.inode = -1
	w.entry("TRAILER!!!", 0, nil)
	return w.err
}

// entry writes a header, a name and content, each filled up to four bytes.
func (w *Writer) entry(name string, mode int, content []byte) {
	w.inode++
	links := 1
	if mode == modeFolder {
		links = 2
	}
	// ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check
	header := "070701"
	for _, n := range []int{w.inode, mode, 0, 0, links, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0} {
		header += fmt.Sprintf("%08x", n)
	}
	w.write(padded([]byte(header + name + "\x00")))
	w.write(content)
	w.write(make([]byte, -len(content)&3))
}

func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
	}
}
