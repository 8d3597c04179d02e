package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// module writes a Go module of one package.
func module(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.org/plugin\n\ngo 1.26\n", 0o600)
	write(t, filepath.Join(dir, "main.go"), source, 0o600)
	return dir
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

const hello = "package main\n\nfunc main() { println(\"hello\") }\n"

func TestBuild(t *testing.T) {
	dir := module(t, hello)
	var mu sync.Mutex
	var steps []Progress
	b := New(&Options{Cache: t.TempDir(), Progress: func(p Progress) { mu.Lock(); steps = append(steps, p); mu.Unlock() }})
	root := filepath.Join(filepath.Dir(dir), "store")
	source := "../" + filepath.Base(dir)
	var wg sync.WaitGroup
	paths := make([]string, 2)
	for i := range paths { // two hosts at once
		wg.Go(func() {
			var err error
			if paths[i], err = b.Binary(t.Context(), root, "plugin", "acme", source); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	out, err := exec.Command(paths[0]).CombinedOutput()
	if err != nil || string(out) != "hello\n" || paths[0] != paths[1] {
		t.Errorf("%q, %v, %v", out, err, paths)
	}
	if len(steps) != 4 || steps[0].Done || !steps[3].Done || steps[3].Name != "acme" || steps[3].Source != dir {
		t.Errorf("progress %+v", steps)
	}
	old, _ := os.Stat(paths[0])
	if _, err := b.Binary(t.Context(), root, "plugin", "acme", source); err != nil {
		t.Error(err)
	}
	if same, _ := os.Stat(paths[0]); !os.SameFile(old, same) { // go only touches it
		t.Error("built again without need")
	}
	write(t, filepath.Join(dir, "main.go"), strings.Replace(hello, "hello", "changed", 1), 0o600)
	if _, err := b.Binary(t.Context(), root, "plugin", "acme", source); err != nil {
		t.Error(err)
	}
	if out, _ := exec.Command(paths[0]).CombinedOutput(); string(out) != "changed\n" {
		t.Errorf("after a change: %q", out)
	}
}

func TestFileAsItIs(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "acme"), "#!/bin/sh\n", 0o700)
	b := New(&Options{Cache: "/none", Progress: func(Progress) { t.Error("built") }})
	if got, err := b.Binary(t.Context(), dir, "peer", "world", "./acme"); err != nil || got != filepath.Join(dir, "acme") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "data"), "", 0o600)
	for _, tt := range []struct {
		name, source string
		o            Options
		says         []string
	}{
		{"no source", "", Options{}, []string{"no source"}},
		{"missing", "./none", Options{}, []string{"there is no " + filepath.Join(dir, "none"), "relative to the store's folder"}},
		{"registry", "acme/speedlane", Options{}, []string{"begins with ./"}},
		{"not executable", "./data", Options{}, []string{"execute permission"}},
		{"compiler", module(t, "package main\n\nfunc main() { undefinedWord() }\n"), Options{}, []string{"does not build", "main.go:3", "undefinedWord"}},
		{"no program", module(t, "package lib\n"), Options{}, []string{"package main"}},
		{"no Go", module(t, hello), Options{Go: "no-such-go-command"}, []string{"no go command"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Cache = t.TempDir()
			_, err := New(&tt.o).Binary(t.Context(), dir, "plugin", "acme", tt.source)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			for _, want := range append(tt.says, `plugin "acme"`) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(&Options{Cache: t.TempDir()}).Binary(ctx, ".", "plugin", "acme", module(t, hello)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
