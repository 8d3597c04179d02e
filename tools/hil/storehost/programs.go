// Package storehost runs a whole store in a machine of package hil: the host's own program and
// its plugins, built for that, and the commands that staff have to see what became of it.
package storehost

import (
	"bytes"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"testing"
)

// Bin is the folder of the store's programs in a machine.
const Bin = "/hil/bin/"

// withRaces says whether the race detector is on in the store. It is asked for: on a busy
// machine a gate's two seconds to admit run out with it.
func withRaces() bool { return os.Getenv("AISLE_HIL_RACE") != "" }

// Programs builds what a store in a machine is made of, without shared libraries: the host, its
// launcher, which replaces itself by a plugin and has nothing that could race, and plugins. It
// gives their places: inside to outside. It is for tests in a folder of plugins.
func Programs(t *testing.T, plugins ...string) map[string]string {
	t.Helper()
	programs := []string{"tools/aisle"}
	for _, p := range plugins {
		programs = append(programs, "plugins/"+p)
	}
	dir, files := t.TempDir(), map[string]string{}
	build := func(cgo string, packages []string, flags ...string) {
		t.Helper()
		args := append([]string{"build", "-buildvcs=false", "-o", dir + "/"}, flags...)
		for _, p := range packages {
			args = append(args, "./"+p)
			files[Bin+filepath.Base(p)] = filepath.Join(dir, filepath.Base(p))
		}
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %v: %v\n%s", packages, err, out)
		}
	}
	build("0", []string{"tools/aisle-launcher"}, "-ldflags=-s -w")
	if !withRaces() {
		build("0", programs, "-ldflags=-s -w")
		return files
	}
	build("1", programs, "-race", "-tags=netgo,osusergo", "-ldflags=-s -w -linkmode=external -extldflags=-static")
	for _, p := range programs {
		info, err := buildinfo.ReadFile(files[Bin+filepath.Base(p)])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" }) {
			t.Fatal(p, " was built without the race detector")
		}
	}
	return files
}

// noRaces looks for what the race detector said in all that host and plugins have written. A
// plugin that said nothing has no log.
func (r *Running) noRaces() {
	t := r.t
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.data, "log", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(files, filepath.Join(filepath.Dir(r.data), "host.log")) {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("DATA RACE")) {
			t.Errorf("%s:\n%s", f, b)
		}
	}
}
