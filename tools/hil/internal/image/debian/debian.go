// Package debian takes a kernel and its modules out of Debian's packages, and
// compiles the modules of the GPIO simulator, which Debian leaves out, from Debian's
// source. It needs apt's lists, and no root: nothing is installed.
package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Tools are the commands that Prepare runs, and the packages that they are of.
var Tools = map[string]string{
	"apt-get": "apt", "apt-cache": "apt", "dpkg-deb": "dpkg", "xz": "xz-utils", "gcc-12": "gcc-12", "make": "make", "strip": "binutils",
}

// ErrPackage is that a package can't be had: apt does not know it, or can't download it.
var ErrPackage = errors.New("a package of Debian can't be had")

// Store fetches packages into a folder and keeps them there.
type Store struct {
	Dir string
	Log io.Writer
}

// command runs a command and gives its output; where it fails, what it said is in the error.
func command(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, tail(said.String()+out.String()))
	}
	return out.Bytes(), nil
}

// tail gives the end of what a command said.
func tail(s string) string {
	const keep = 2000
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-keep):]
}

// Kernel gives the release of the kernel that Debian has for amd64 now, such as
// 6.1.0-56-amd64.
func (s *Store) Kernel(ctx context.Context) (string, error) {
	needs, err := s.needs(ctx, "linux-image-amd64")
	if err != nil {
		return "", err
	}
	for _, n := range needs {
		if release, ok := strings.CutPrefix(n, "linux-image-"); ok {
			return release, nil
		}
	}
	return "", fmt.Errorf("%w: apt knows no linux-image-amd64: run apt-get update", ErrPackage)
}

var dependsLine = regexp.MustCompile(`(?m)^ *Depends: *([^\s<]+)$`)

func (s *Store) needs(ctx context.Context, name string) ([]string, error) {
	out, err := command(ctx, s.Dir, "apt-cache", "depends", name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPackage, err)
	}
	var all []string
	for _, m := range dependsLine.FindAllSubmatch(out, -1) {
		all = append(all, string(m[1]))
	}
	return all, nil
}

// Fetch gives the file of a package, downloaded once.
func (s *Store) Fetch(ctx context.Context, name string) (string, error) {
	out, err := command(ctx, s.Dir, "apt-cache", "show", "--no-all-versions", name)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPackage, err)
	}
	version := regexp.MustCompile(`(?m)^Version: (.*)$`).FindSubmatch(out)
	if version == nil {
		return "", fmt.Errorf("%w: apt knows no version of %s: run apt-get update", ErrPackage, name)
	}
	pattern := filepath.Join(s.Dir, name+"_"+strings.ReplaceAll(string(version[1]), ":", "%3a")+"_*.deb")
	if found, _ := filepath.Glob(pattern); len(found) > 0 {
		return found[0], nil
	}
	fmt.Fprintf(s.Log, "downloading %s %s\n", name, version[1])
	if _, err := command(ctx, s.Dir, "apt-get", "-qq", "download", name+"="+string(version[1])); err != nil {
		return "", fmt.Errorf("%w: %w", ErrPackage, err)
	}
	found, _ := filepath.Glob(pattern)
	if len(found) == 0 {
		return "", fmt.Errorf("apt-get downloaded no %s", pattern)
	}
	return found[0], nil
}

// errEnough ends a walk early.
var errEnough = errors.New("enough")

// walk passes each file of a package, its name without the leading "./".
func walk(ctx context.Context, deb string, file func(h *tar.Header, r io.Reader) error) error {
	return piped(ctx, nil, file, "dpkg-deb", "--fsys-tarfile", deb)
}

// piped walks the tar archive that a command writes.
func piped(ctx context.Context, in io.Reader, file func(h *tar.Header, r io.Reader) error, name string, args ...string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = in
	var said bytes.Buffer
	cmd.Stderr, cmd.WaitDelay = &said, 10*time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	err = each(tar.NewReader(out), file)
	if err != nil {
		stop()
		_ = out.Close() // dpkg-deb has a child of its own, which ends when nobody reads
		_ = cmd.Wait()
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	}
	_, _ = io.Copy(io.Discard, out) // what fills up the last block
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, tail(said.String()))
	}
	return nil
}

func each(t *tar.Reader, file func(h *tar.Header, r io.Reader) error) error {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		h.Name = strings.TrimPrefix(h.Name, "./")
		if err := file(h, t); err != nil {
			return err
		}
	}
}

// unpack unpacks what keep wants of a package into a folder.
func unpack(ctx context.Context, deb, dir string, keep func(name string) bool) error {
	return walk(ctx, deb, func(h *tar.Header, r io.Reader) error {
		if !keep(h.Name) {
			return nil
		}
		at := filepath.Join(dir, filepath.FromSlash(h.Name))
		switch h.Typeflag {
		case tar.TypeDir:
			return os.MkdirAll(at, 0o755)
		case tar.TypeSymlink:
			if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
				return err
			}
			return os.Symlink(h.Linkname, at)
		case tar.TypeReg:
			return write(at, h.FileInfo().Mode().Perm(), r)
		default:
			return fmt.Errorf("%s in %s is neither file, folder nor link", h.Name, deb)
		}
	})
}

func write(at string, mode os.FileMode, r io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode|0o200)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
