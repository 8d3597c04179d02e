package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openaisle/aisle/framework/distribution"
)

// lockCommands are the commands of scripts about locks and packages.
var lockCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"lockdir": lockDir, "nopath": noPath, "replace": replaceText, "spoilschema": spoilSchema, "othersum": otherSum,
	"packaged": packaged, "flipeach": flipEach, "nocanary": noCanary, "silent": silent,
}

// lockDir is the command "lockdir FROM TO": it copies the schemas beside a lock.
func lockDir(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.CopyFS(filepath.Join(ts.MkAbs(args[1]), filepath.FromSlash(distribution.SchemaDir)), os.DirFS(filepath.Join(ts.MkAbs(args[0]), filepath.FromSlash(distribution.SchemaDir)))))
}

// noPath is the command "nopath PROGRAM ARG...": it runs a program that finds no
// other.
func noPath(ts *testscript.TestScript, neg bool, args []string) {
	path, was := ts.Getenv("PATH"), ts.Getenv("PATH")
	for dir := range strings.SplitSeq(path, string(os.PathListSeparator)) {
		if _, err := os.Stat(filepath.Join(dir, args[0])); err == nil {
			path = dir
			break
		}
	}
	ts.Setenv("PATH", path)
	err := ts.Exec(args[0], args[1:]...)
	ts.Setenv("PATH", was)
	if (err != nil) != neg {
		ts.Fatalf("%v", err)
	}
}

// replaceText is the command "replace OLD NEW FILE".
func replaceText(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s has no %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.ReplaceAll(text, args[0], args[1])), 0o644))
}

// spoilSchema is the command "spoilschema DIR": one byte of a schema is another.
func spoilSchema(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), filepath.FromSlash(distribution.SchemaDir), "*"))
	ts.Check(err)
	b, err := os.ReadFile(files[0])
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.WriteFile(files[0], b, 0o644))
}

// otherSum is the command "othersum LOCK": every checksum is another.
func otherSum(ts *testscript.TestScript, _ bool, args []string) {
	text := regexp.MustCompile(`("[a-z0-9]+/[a-z0-9]+"\s*= "sha256:)[0-9a-f]{4}`).ReplaceAllString(ts.ReadFile(args[0]), "${1}0bad")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

// packaged is the command "packaged DIR KEYFILE": the plugins of the corner shop
// in a folder come from a package.
func packaged(ts *testscript.TestScript, _ bool, args []string) {
	key := strings.Fields(ts.ReadFile(args[1]))
	path := filepath.Join(ts.MkAbs(args[0]), "store.hcl")
	b, err := os.ReadFile(path)
	ts.Check(err)
	now := strings.ReplaceAll(string(b), strconv.Quote(ts.Getenv("SIMULATED")), "\"aisle/simulated\"\n  version = \"~> 0.1\"\n  trusted_keys = ["+strconv.Quote(key[len(key)-1])+"]")
	ts.Check(os.WriteFile(path, []byte(now), 0o644))
}

// flipEach is the command "flipeach PACKAGE STORE": one byte of each file of a
// package is another, and the store that runs it must refuse it and say why.
func flipEach(ts *testscript.TestScript, _ bool, args []string) {
	root := ts.MkAbs(args[0])
	n := 0
	ts.Check(filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		ts.Check(err)
		at := len(b) * n / 5 % len(b) // elsewhere in each
		n++
		b[at] ^= 1
		ts.Check(os.WriteFile(path, b, 0o755))
		var out bytes.Buffer
		cmd := exec.Command(filepath.Join(aislePath(ts), "aisle"), "run", ts.MkAbs(args[1]), "--data", ts.MkAbs("flipped"), "--headless")
		cmd.Env, cmd.Stderr = append(os.Environ(), "AISLE_PACKAGES="+ts.Getenv("AISLE_PACKAGES"), "HOME="+ts.Getenv("HOME")), &out
		if err := cmd.Run(); err == nil {
			ts.Fatalf("byte %d of %s is another, and the store runs", at, path)
		}
		for _, want := range []string{"expected", "found", "aisle plugin"} {
			if !strings.Contains(out.String(), want) && !strings.Contains(out.String(), "no plugin package") {
				ts.Fatalf("byte %d of %s: no %q in %s", at, path, want, out.String())
			}
		}
		b[at] ^= 1
		return os.WriteFile(path, b, 0o755)
	}))
	if n < 6 {
		ts.Fatalf("%d files", n)
	}
}

func aislePath(ts *testscript.TestScript) string {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if _, err := os.Stat(filepath.Join(dir, "aisle")); err == nil {
			return dir
		}
	}
	ts.Fatalf("there is no aisle")
	return ""
}

// silent is the command "silent PROGRAM ARG...": the program says something,
// however it ends, and nothing that it says holds a planted secret.
func silent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: silent PROGRAM ARG...")
	}
	_ = ts.Exec(args[0], args[1:]...) // many of them are wrong on purpose
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if said == "" {
		ts.Fatalf("it says nothing at all")
	}
	if at := strings.Index(strings.ToLower(said), "canary-"); at >= 0 {
		ts.Fatalf("it tells a secret: ...%q", said[max(0, at-120):min(len(said), at+40)])
	}
}

// noCanary is the command "nocanary PATH...": no file holds a planted secret.
func noCanary(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for _, a := range args {
		ts.Check(filepath.WalkDir(ts.MkAbs(a), func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() || filepath.Base(filepath.Dir(path)) == "programs" {
				return err
			}
			b, err := os.ReadFile(path)
			if at := bytes.Index(b, []byte("canary-")); at >= 0 {
				ts.Fatalf("%s holds a secret: ...%q", path, b[max(0, at-80):min(len(b), at+40)])
			}
			n++
			return err
		}))
	}
	if n < 6 {
		ts.Fatalf("%d files", n)
	}
}
