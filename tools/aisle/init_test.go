package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/hcl/storefile"
)

// fakePrograms is a folder of files that may be executed.
func fakePrograms(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n# "+name+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// With programs at hand a copy holds all that it needs, wherever the source tree
// is, and its lock is to be written for them.
func TestInitWithPrograms(t *testing.T) {
	programs := fakePrograms(t, "simulated", "world")
	for example, locked := range map[string]string{"corner": ".", "prices": "", "fleet-140": "shop"} {
		dir := filepath.Join(t.TempDir(), "shop")
		made, err := copyExample(example, dir, programs)
		if err != nil {
			t.Fatal(err)
		}
		if locked == "" && len(made.locked) > 0 || locked != "" && (len(made.locked) != 1 || made.locked[0] != filepath.Join(dir, locked)) {
			t.Errorf("%s: to be locked: %v", example, made.locked)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "plugins", "simulated")); err != nil || !strings.Contains(string(b), "# simulated") {
			t.Errorf("%s: %v, %q", example, err, b)
		}
		if storefile.IsFleet(dir) {
			continue
		}
		if _, problems := storefile.Load(dir, nil); problems.HasErrors() {
			t.Errorf("%s: %v", example, problems)
		}
		for _, file := range []string{"store.hcl", "scene.json"} {
			b, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil || strings.Contains(string(b), "../") {
				t.Errorf("%s: %s leads out of the copy: %v", example, file, err)
			}
		}
	}
}

// What is missing is said, with the command that makes it.
func TestInitWithoutPrograms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shop")
	_, err := copyExample("corner", dir, fakePrograms(t, "simulated"))
	if err == nil || !strings.Contains(err.Error(), `no program "world"`) || !strings.Contains(err.Error(), "go build -o DIR/ ./tools/aisle ./tools/aisle-launcher ./plugins/simulated/world ./plugins/simulated") {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was begun that can't be ended")
	}
}

// Within the source tree a copy's sources are relative, so that both move
// together; elsewhere they are not.
func TestInitInTree(t *testing.T) {
	tree := t.TempDir()
	if err := os.WriteFile(filepath.Join(tree, "go.mod"), []byte("module "+modulePath+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir()
	for dir, want := range map[string]string{filepath.Join(tree, "examples", "mine"): `"../../plugins/simulated"`, filepath.Join(outside, "mine"): `"` + filepath.ToSlash(filepath.Join(tree, "plugins", "simulated")) + `"`} {
		made, err := copyExample("canteen", dir, tree)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "store.hcl")); err != nil || !strings.Contains(string(b), "source = "+want) || len(made.locked) > 0 {
			t.Errorf("%v, %v: want %s in\n%s", err, made, want, b)
		}
	}
}
