package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// isModule reports whether dir is the root of Aisle's source tree.
func isModule(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "module "); ok {
			return strings.TrimSpace(name) == modulePath
		}
	}
	return false
}

// treeAbove finds the root of Aisle's source tree from a folder upwards; empty
// where the folder is in none.
func treeAbove(at string) string {
	for dir := at; ; dir = filepath.Dir(dir) {
		if isModule(dir) {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

// sourceTree finds the root of Aisle's source tree from the working directory
// upwards. The error begins with what it is for, and ends with the command to
// run there.
func sourceTree(what, command string) (string, error) {
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if dir := treeAbove(at); dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("%s, and %s is not in its tree\nGet it, change into it and run: go run ./tools/aisle %s", what, at, command)
}

// builtFrom is the source tree from which this command was built, as the
// compiler noted it; empty where it is not on this machine or was not noted.
func builtFrom() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) {
		return ""
	}
	return treeAbove(filepath.Dir(file))
}
