package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openaisle/aisle/framework/distribution"
)

// lockCommands are the commands of scripts about locks and packages.
var lockCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"lockdir": lockDir, "nopath": noPath, "replace": replaceText, "spoilschema": spoilSchema, "othersum": otherSum,
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
