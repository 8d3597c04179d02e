package storefile

import (
	"path/filepath"
	"slices"
	"strings"
)

// overlay are files as somebody edits them, by absolute path: they go before
// what is on the disk, and may be of files that are not there yet.
type overlay map[string][]byte

// names gives the store files of a folder, those of the overlay among them.
func (o overlay) names(dir string) ([]string, error) {
	names, err := storeFiles(dir)
	for path := range o {
		name := filepath.Base(path)
		if filepath.Dir(path) == dir && isStoreFile(name) && !slices.Contains(names, name) {
			names, err = append(names, name), nil
		}
	}
	slices.Sort(names)
	return names, err
}

// read gives what a file holds.
func (o overlay) read(path string) ([]byte, error) {
	if src, ok := o[path]; ok {
		return src, nil
	}
	return readStoreFile(path)
}

// folder gives the parsed files of a folder.
func (o *Options) folder(dir, prefix string) ([]*source, error) {
	return o.cache.folder(dir, prefix, o.Overlay)
}

// isStoreFile says whether a file is part of a store's definition by its name.
func isStoreFile(name string) bool {
	return strings.HasSuffix(name, Extension) && !strings.HasPrefix(name, ".") && !reserved(name)
}
