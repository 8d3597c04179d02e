package hil

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// binary gives the test binary of the package whose test this process runs, in a form
// that needs no shared libraries: itself, or a build without cgo, made once.
var binary = sync.OnceValues(func() ([]byte, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(self)
	if err != nil {
		return nil, err
	}
	if static, err := isStatic(b); err != nil || static {
		return b, err
	}
	return build()
})

func isStatic(program []byte) (bool, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return false, fmt.Errorf("it is no program of Linux: %w", err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return false, nil
		}
	}
	return true, nil
}

// build builds the tests of the package in the working folder, where tests start.
func build() ([]byte, error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if found, _ := filepath.Glob(filepath.Join(here, "*_test.go")); len(found) == 0 {
		return nil, errors.New("hil: " + here + " holds no tests: call Run before you change the folder")
	}
	dir, err := os.MkdirTemp("", "aisle-hil.")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	to := filepath.Join(dir, "program")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", to, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the tests without cgo: %w: %s", err, out)
	}
	return os.ReadFile(to)
}
