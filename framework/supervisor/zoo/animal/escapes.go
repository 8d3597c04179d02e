//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// attempt is one way out. Its function gives nil where it got out.
type attempt struct {
	name string
	try  func() error
}

// attemptWithin is how long one may take: what hangs is held.
const attemptWithin = 2 * time.Second

func (a attempt) result() string {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if v := recover(); v != nil {
				done <- fmt.Errorf("panic: %v", v)
			}
		}()
		done <- a.try()
	}()
	select {
	case err := <-done:
		if err == nil {
			return a.name + ": SUCCEEDED"
		}
		return a.name + ": held: " + err.Error()
	case <-time.After(attemptWithin):
		return a.name + ": held: it hangs"
	}
}

func attempts() []attempt {
	return slices.Concat(fileEscapes, processEscapes, networkEscapes, kernelEscapes)
}

// secret is the word, put together here so that it is not among the arguments.
func secret() string { return prey.Secret + "!" }

var errNothing = errors.New("nothing of the host's was there")

// reads gets out where the file can be read.
func reads(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Read(make([]byte, 1))
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// finds gets out where the word is in the file.
func finds(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(b), secret()) {
		return errNothing
	}
	return nil
}

// opens gets out where the file can be opened so. It writes nothing.
func opens(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	f.Close()
	return nil
}

func lists(dir string) error {
	list, err := os.ReadDir(dir)
	if err == nil && len(list) == 0 {
		return errNothing
	}
	return err
}

func of(pid int, file string) string { return fmt.Sprintf("/proc/%d/%s", pid, file) }

func mine(file string) string { return filepath.Join(os.Getenv("TMPDIR"), file) }
