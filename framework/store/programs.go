package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/supervisor"
)

// programsDir is the folder of a data folder with the programs that the store
// runs, named by what they hold. A plugin that crashes is started again from
// there: what somebody builds meanwhile is no program of this store before it
// was swapped in.
const programsDir = "programs"

// digestLength is how many hexadecimal digits of a program's hash name it.
const digestLength = 16

// pin gives a program a place of its own in the data folder. Programs that are
// the same share one.
func pin(data, name, path string) (pinned string, err error) {
	dir := filepath.Join(data, programsDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	sum, err := copyTo(io.Discard, path)
	if err != nil {
		return "", fmt.Errorf("keep the program of plugin %q: %w", name, err)
	}
	pinned = filepath.Join(dir, name+"-"+sum)
	if _, err := os.Lstat(pinned); err == nil {
		return pinned, nil
	}
	same, err := filepath.Glob(filepath.Join(dir, "*-"+sum))
	if err == nil && len(same) > 0 && os.Link(same[0], pinned) == nil {
		return pinned, nil
	}
	temp, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone already where all went well
	copied, err := copyTo(temp, path)
	if err == nil && copied != sum {
		err = errors.New("it changed while it was read")
	}
	if err == nil {
		err = temp.Chmod(0o755)
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return "", fmt.Errorf("keep the program of plugin %q: %w", name, err)
	}
	return pinned, os.Rename(temp.Name(), pinned)
}

func copyTo(to io.Writer, path string) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(to, h), f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil))[:digestLength], nil
}

// digestOfProgram is the digest in a pinned program's name.
func digestOfProgram(pinned string) string {
	if pinned == "" { // an agent's own
		return ""
	}
	base := filepath.Base(pinned)
	return base[strings.LastIndex(base, "-")+1:]
}

// sweep removes the programs that the store does not run.
func sweep(data string, used map[string]supervisor.Spec) error {
	dir := filepath.Join(data, programsDir)
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	keep := []string{}
	for _, s := range used {
		keep = append(keep, filepath.Base(s.Path))
	}
	for _, f := range files {
		if !slices.Contains(keep, f.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, f.Name())))
		}
	}
	return err
}
