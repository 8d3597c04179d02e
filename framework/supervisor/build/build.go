package build

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	// maxWords is how much of a compiler's words an error shows, in bytes.
	maxWords = 8 << 10
	// hashLength is how many hexadecimal digits of a source's hash tell
	// programs of the same name apart.
	hashLength = 12
)

// Options are the builder's settings. Nil is the default.
type Options struct {
	// Cache is where programs go; empty for aisle/plugins in the user's cache
	// directory.
	Cache string
	// Go is the go command; empty for the one on the PATH.
	Go string
	// Progress is called when a build begins and when it has ended.
	Progress func(Progress)
}

// Progress tells of one build.
type Progress struct {
	// Kind is "plugin" or "peer", Name the block's label.
	Kind, Name string
	// Source is the package's folder.
	Source string
	// Done says that it has ended, after Took and with Err.
	Done bool
	Took time.Duration
	Err  error
}

// Builder builds programs.
type Builder struct{ o Options }

// New makes a builder. It does nothing yet.
func New(o *Options) *Builder {
	b := &Builder{}
	if o != nil {
		b.o = *o
	}
	if b.o.Go == "" {
		b.o.Go = "go"
	}
	if b.o.Progress == nil {
		b.o.Progress = func(Progress) {}
	}
	return b
}

// Error says why there is no program for a plugin or peer.
type Error struct {
	Kind, Name, Source string
	// Message is a sentence for people.
	Message string
	// Output is what the compiler said.
	Output string
	Err    error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s %q, source %q: %s", e.Kind, e.Name, e.Source, e.Message)
	if e.Output != "" {
		s += ":\n" + e.Output
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Binary gives the path of the program of a plugin or peer: kind "plugin" or
// "peer", name its label, source a path relative to root, the store's folder.
// The error is an *Error.
func (b *Builder) Binary(ctx context.Context, root, kind, name, source string) (string, error) {
	fail := func(err error, format string, args ...any) (string, error) {
		return "", &Error{Kind: kind, Name: name, Source: source, Message: fmt.Sprintf(format, args...), Err: err}
	}
	if source == "" {
		return fail(nil, "no source is given")
	}
	path := filepath.FromSlash(source)
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fail(err, "%v", err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !looksLocal(source):
		return fail(err, "there is no such file or folder; a path begins with ./ or ../, and a package is vendor/product")
	case errors.Is(err, fs.ErrNotExist) && filepath.IsAbs(source):
		return fail(err, "there is no %s", path)
	case errors.Is(err, fs.ErrNotExist):
		return fail(err, "there is no %s. Sources are relative to the store's folder; if this is a copy of an example, "+
			"change the source lines or copy it beside the original", path)
	case err != nil:
		return fail(err, "%v", err)
	case info.IsDir():
		return b.build(ctx, path, kind, name, source)
	case !info.Mode().IsRegular():
		return fail(nil, "%s is neither a file nor a folder", path)
	case info.Mode()&0o111 == 0:
		return fail(fs.ErrPermission, "%s may not be executed; give it the execute permission, or name the folder of a Go package", path)
	}
	return path, nil
}

// IsFolder reports whether a source is a folder, so that its program is built.
func IsFolder(root, source string) bool {
	path := filepath.FromSlash(source)
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func looksLocal(source string) bool {
	return filepath.IsAbs(source) || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".."
}

// build runs go build, whose own cache decides what there is to do. It builds
// even where the program exists: only go knows whether it is up to date.
func (b *Builder) build(ctx context.Context, dir, kind, name, source string) (path string, err error) {
	p := Progress{Kind: kind, Name: name, Source: dir}
	b.o.Progress(p)
	start := time.Now()
	defer func() {
		p.Done, p.Took, p.Err = true, time.Since(start), err
		b.o.Progress(p)
	}()
	fail := func(err error, output, format string, args ...any) (string, error) {
		return "", &Error{Kind: kind, Name: name, Source: source, Message: fmt.Sprintf(format, args...), Output: output, Err: err}
	}
	cache, err := b.cache()
	if err != nil {
		return fail(err, "", "no place for programs: %v", err)
	}
	path = filepath.Join(cache, programName(name, dir))
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return fail(err, "", "wait for another build: %v", err)
	}
	defer unlock()
	// The temporary files of go build lie beside the program, so that it puts a
	// new one in place by a rename and a running one goes on undisturbed.
	cmd := exec.CommandContext(ctx, b.o.Go, "build", "-buildvcs=false", "-o", path, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTMPDIR="+cache, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Run(); err != nil {
		switch {
		case ctx.Err() != nil:
			return fail(ctx.Err(), "", "build ended: %v", context.Cause(ctx))
		case errors.Is(err, exec.ErrNotFound):
			return fail(err, "", "it is a Go package, and there is no go command to build it with: install Go, or name a program as source")
		}
		return fail(err, shorten(words.String()), "does not build")
	}
	if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 {
		return fail(err, "", "package %s is no program: it needs package main", dir)
	}
	return path, nil
}

func (b *Builder) cache() (string, error) {
	dir := b.o.Cache
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(user, "aisle", "plugins")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// programName tells sources of one name apart by their folder.
func programName(name, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return name + "-" + hex.EncodeToString(sum[:])[:hashLength]
}

func shorten(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxWords {
		s = s[:maxWords] + "\n..."
	}
	return s
}

// lockPoll is how often a lock that another build holds is tried.
const lockPoll = 50 * time.Millisecond

// lock waits for a file's lock. The file stays: removing it would let two
// builders hold locks on two files of one name.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, err
		}
		t := time.NewTimer(lockPoll)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			f.Close()
			return nil, ctx.Err()
		}
	}
}
