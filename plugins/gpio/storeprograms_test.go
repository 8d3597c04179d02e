package main

import (
	"bufio"
	"bytes"
	"debug/buildinfo"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"testing"

	"github.com/openaisle/aisle/tools/hil"
)

// inMachine is the folder of the store's programs in a machine.
const inMachine = "/hil/bin/"

// storePackages are the programs of the store: host and plugins. The launcher, which replaces
// itself by a plugin, has nothing that could race.
var storePackages = []string{"tools/aisle", "plugins/gpio", "plugins/scale", "plugins/stripe"}

// withRaces says whether the race detector is on in the store. It is asked for: on a busy
// machine a gate's two seconds to admit run out with it.
func withRaces() bool { return os.Getenv("AISLE_HIL_RACE") != "" }

// storePrograms builds what a store in a machine is made of, without shared
// libraries, and gives their places: inside to outside.
func storePrograms(t *testing.T) map[string]string {
	t.Helper()
	dir, files := t.TempDir(), map[string]string{}
	build := func(cgo string, packages []string, flags ...string) {
		t.Helper()
		args := append([]string{"build", "-buildvcs=false", "-o", dir + "/"}, flags...)
		for _, p := range packages {
			args = append(args, "./"+p)
			files[inMachine+filepath.Base(p)] = filepath.Join(dir, filepath.Base(p))
		}
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %v: %v\n%s", packages, err, out)
		}
	}
	build("0", []string{"tools/aisle-launcher"}, "-ldflags=-s -w")
	if !withRaces() {
		build("0", storePackages, "-ldflags=-s -w")
		return files
	}
	build("1", storePackages, "-race", "-tags=netgo,osusergo", "-ldflags=-s -w -linkmode=external -extldflags=-static")
	for _, p := range storePackages {
		info, err := buildinfo.ReadFile(files[inMachine+filepath.Base(p)])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" }) {
			t.Fatal(p, " was built without the race detector")
		}
	}
	return files
}

// simulatedScale starts the scale outside, a program of its own, and gives the host's ends of
// two serial ports: the scale's, and that of its orders.
func simulatedScale(t *testing.T) []func(net.Conn) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "scalesim")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", program, "./plugins/scale/scalesim/scalesim")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the scale: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-dialect", "toledo", "-listen", "127.0.0.1:0")
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	first, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	addr := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(first)
	scale := func(wire net.Conn) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Error(err)
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(wire, c)
		}()
		_, _ = io.Copy(c, wire)
		_ = c.Close()
		<-done
	}
	order := func(wire net.Conn) {
		lines := bufio.NewScanner(wire)
		for lines.Scan() {
			fmt.Fprintln(orders, lines.Text())
			fmt.Fprintln(wire, "ok")
		}
	}
	return []func(net.Conn){scale, order}
}

// storeVM is the machine of a store with all simulated hardware.
func storeVM(t *testing.T) hil.VM {
	t.Helper()
	vm := hil.VM{
		Modules: []string{"gpio-sim", "uhid", "hid-cp2112", "i2c-dev", "cuse"},
		Memory:  2048, Limit: storeLimit,
	}
	hil.Need(t)
	if !hil.Guest() {
		if os.Getenv("AISLE_LONG") == "" {
			t.Skip("AISLE_LONG is not set: it builds a host and plugins, and a machine runs them for a minute or more")
		}
		vm.Files, vm.Serial = storePrograms(t), simulatedScale(t)
	}
	return vm
}

// noRaces looks for what the race detector said in all that host and plugins have written. A
// plugin that said nothing has no log.
func noRaces(t *testing.T, r *running) {
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
