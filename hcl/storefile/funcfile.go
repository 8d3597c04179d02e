package storefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty/function"
)

// MaxDataBytes is the most bytes of a file that an expression reads.
const MaxDataBytes = 16 << 20

// folder is a folder that expressions may read in, with symbolic links
// resolved.
type folder struct{ path string }

func openFolder(path string) (folder, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return folder{}, err
	}
	return folder{path: resolved}, nil
}

// relative gives a path's way within the folder, if it is in it.
func (f folder) relative(path string) (string, bool) {
	rel, err := filepath.Rel(f.path, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

// fileFunc reads a text file that lies in the store's folder or in a folder
// that a path variable was given on the command line. A store file that was
// fetched from elsewhere must not read the rest of the machine.
func (l *loader) fileFunc() function.Function {
	return textFunc("path", "reads a text file in the store's folder or in the folder of a path variable", l.readData)
}

func (l *loader) readData(path string) (string, error) {
	if text, ok := l.data[path]; ok {
		return text, nil
	}
	full := path
	if !filepath.IsAbs(full) {
		full = filepath.Join(l.dir, full)
	}
	resolved, err := filepath.EvalSymlinks(full)
	if err != nil {
		// Say the same of a file that isn't there and of one that may not be
		// read, unless it would be allowed.
		if !l.allowed(filepath.Clean(full)) {
			return "", l.outside(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s does not exist", full)
		}
		return "", fmt.Errorf("%s can't be read", full)
	}
	for _, f := range l.folders {
		rel, ok := f.relative(resolved)
		if !ok {
			continue
		}
		text, err := f.read(rel)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		l.data[path] = text
		return text, nil
	}
	return "", l.outside(path)
}

func (l *loader) allowed(path string) bool {
	for _, f := range l.folders {
		if _, ok := f.relative(path); ok {
			return true
		}
	}
	_, ok := folder{path: l.dir}.relative(path)
	return ok
}

func (l *loader) outside(path string) error {
	return fmt.Errorf("%s is outside the store's folder; a folder elsewhere must be named on the command line, "+
		"by a variable with type = path", path)
}

// read opens the file through the folder, so that a link put there meanwhile
// leads nowhere else.
func (f folder) read(rel string) (string, error) {
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return "", errors.New("its folder can't be read")
	}
	defer func() { _ = root.Close() }()
	file, err := root.Open(rel)
	if err != nil {
		return "", errors.New("it can't be read")
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	src, err := readLimited(file, MaxDataBytes)
	if err != nil {
		return "", err
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	if !utf8.ValidString(text) {
		return "", errors.New("it is not UTF-8 text")
	}
	return text, nil
}
