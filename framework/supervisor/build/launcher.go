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
	"slices"
)

// launcherPackage is the launcher's folder in this module, and launcherSources
// those that it is made of: as long as they and go.mod stay, it stays.
const launcherPackage = "tools/aisle-launcher"

var launcherSources = []string{launcherPackage, "framework/supervisor/sandbox/inside", "framework/supervisor/sandbox/order"}

// Launcher gives the path of the program that isolates plugins, built from this
// module's own source. A command that was built with its source at hand needs
// nothing else; one that is shipped has the launcher beside it.
func Launcher(ctx context.Context, o *Options) (string, error) {
	b := New(o)
	_, file, _, ok := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	if !ok || !filepath.IsAbs(file) {
		return "", errors.New("this program does not know where its source is")
	}
	sum, err := digest(root)
	if err != nil {
		return "", fmt.Errorf("its source is not at hand: %w", err)
	}
	cache, err := b.cache()
	if err != nil {
		if cache, err = ownTemp(); err != nil {
			return "", fmt.Errorf("no place for it: %w", err)
		}
	}
	path := filepath.Join(cache, "aisle-launcher-"+sum)
	if isProgram(path) {
		return path, nil
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return "", fmt.Errorf("wait for another build: %w", err)
	}
	defer unlock()
	if isProgram(path) {
		return path, nil
	}
	// Built under another name first: what is at the path is whole.
	temp := path + ".new"
	cmd := exec.CommandContext(ctx, b.o.Go, "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", temp, "./"+launcherPackage)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTMPDIR="+cache, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return "", errors.New("there is no go command")
		}
		return "", fmt.Errorf("go build: %w: %s", err, shorten(words.String()))
	}
	return path, os.Rename(temp, path)
}

func isProgram(path string) bool {
	i, err := os.Stat(path)
	return err == nil && i.Mode().IsRegular() && i.Mode()&0o111 != 0
}

// digest names the launcher's source.
func digest(root string) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	files := []string{filepath.Join(root, "go.mod")}
	for _, dir := range launcherSources {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(dir), "*.go"))
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			return "", &fs.PathError{Op: "find", Path: dir, Err: fs.ErrNotExist}
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, filepath.Base(f), len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:hashLength], nil
}

// ownTemp is a folder of this user's among the temporary files, for a user
// without a cache directory.
func ownTemp() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("aisle-cache-%d", os.Geteuid()))
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return dir, checkOwn(dir)
}
