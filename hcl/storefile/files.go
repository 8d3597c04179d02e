package storefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// The limits of a store's folder.
const (
	// MaxFiles is the most .hcl files of one store.
	MaxFiles = 1000
	// MaxFileBytes is the most bytes of one .hcl file.
	MaxFileBytes = 16 << 20
	// MaxStoreBytes is the most bytes of all .hcl files of a folder together, and
	// MaxStoreWords the most words and signs.
	MaxStoreBytes = 16 << 20
	MaxStoreWords = 3_000_000
	// Extension is that of store files.
	Extension = ".hcl"
	// TestExtension and LockExtension are those of files that are about a store
	// and no part of its definition.
	TestExtension = ".storetest" + Extension
	LockExtension = ".lock" + Extension
)

// storeFiles lists the .hcl files of a folder in order of name.
func storeFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the store's folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isStoreFile(e.Name()) {
			names = append(names, e.Name())
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s holds no %s files", dir, Extension)
	case len(names) > MaxFiles:
		return nil, fmt.Errorf("%s holds %d %s files; a store has at most %d", dir, len(names), Extension, MaxFiles)
	}
	return names, nil
}

// reserved says whether a file is about a store and not part of it: a fleet, a
// test, a lock.
func reserved(name string) bool {
	return slices.ContainsFunc([]string{FleetExtension, TestExtension, LockExtension}, func(e string) bool { return strings.HasSuffix(name, e) })
}

// readLimited reads a file that must not be over limit bytes.
func readLimited(f io.Reader, limit int64) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(src)) > limit {
		return nil, fmt.Errorf("is larger than %d MiB", limit>>20)
	}
	return src, nil
}

// parseFolder reads and parses all files of a folder, side by side. They are
// called by their names with a prefix, the folder's way from the store's.
func parseFolder(dir, prefix string, over overlay) ([]*source, error) {
	names, err := over.names(dir)
	if err != nil {
		return nil, err
	}
	sources, read, bytes, words := make([]*source, len(names)), len(names), 0, 0
	var errs []error
	var wait sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range names {
		src, err := over.read(filepath.Join(dir, name))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		bytes, words = bytes+len(src), words+wordsIn(src)
		if bytes > MaxStoreBytes || words > MaxStoreWords {
			sources[i] = (&source{name: prefix + name, src: src}).tooMuch()
			read = i + 1
			break
		}
		turn <- struct{}{}
		wait.Go(func() {
			defer func() { <-turn }()
			sources[i] = parse(prefix+name, src)
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return sources[:read], nil
}

func readStoreFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read a store file: %w", err)
	}
	defer func() { _ = f.Close() }()
	src, err := readLimited(f, MaxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("read store file %s: %w", path, err)
	}
	return src, nil
}
