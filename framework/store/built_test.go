package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/openaisle/aisle/hcl/storefile"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
)

// The packages of examples/corner's programs.
const (
	simulatedPackage = "../../plugins/simulated"
	worldPackage     = simulatedPackage + "/world"
)

// patience is what a plugin has to get ready in a test: the machine may be busy
// with many others.
const patience = time.Minute

func patient() *supervisor.Limits { return &supervisor.Limits{StartWithin: patience} }

// built are the programs and the copy of examples/corner that tests share. Linking
// a program costs a second, and so does asking go whether five are up to date.
var built struct {
	sync.Mutex
	dir      string
	programs map[string]string // by package and flags
	corner   string
}

// removeBuilt removes what tests built.
func removeBuilt() error {
	if built.dir == "" {
		return nil
	}
	return os.RemoveAll(built.dir)
}

// program gives the program of a package linked with flags. Nobody may change it.
func program(t *testing.T, pkg, flags string) string {
	t.Helper()
	built.Lock()
	defer built.Unlock()
	path, err := programLocked(pkg, flags)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func programLocked(pkg, flags string) (string, error) {
	if built.dir == "" {
		dir, err := os.MkdirTemp("", "aisle-store-test")
		if err != nil {
			return "", err
		}
		built.dir, built.programs = dir, map[string]string{}
	}
	key := pkg + " " + flags
	if path := built.programs[key]; path != "" {
		return path, nil
	}
	path := filepath.Join(built.dir, fmt.Sprintf("%s-%d", filepath.Base(pkg), len(built.programs)))
	cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags", flags, "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	built.programs[key] = path
	return path, nil
}

// builtCorner is a copy of examples/corner whose programs are built.
func builtCorner(t *testing.T) string {
	t.Helper()
	simulated, world := program(t, simulatedPackage, ""), program(t, worldPackage, "")
	built.Lock()
	defer built.Unlock()
	if built.corner == "" {
		dir := filepath.Join(built.dir, "corner")
		err := errors.Join(os.Mkdir(dir, 0o755), copyCorner(dir, `"../../plugins/simulated/world"`, `"`+world+`"`, `"../../plugins/simulated"`, `"`+simulated+`"`))
		if err != nil {
			t.Fatal(err)
		}
		built.corner = dir
	}
	return built.corner
}

// copyCorner copies examples/corner into a folder with texts replaced, given in
// pairs. It is an error where the first is not in it.
func copyCorner(dir string, pairs ...string) error {
	replace := strings.NewReplacer(pairs...)
	files, err := filepath.Glob(filepath.Join(corner, "*"))
	if err != nil {
		return err
	}
	changed := len(pairs) == 0
	for _, f := range files {
		if !strings.HasSuffix(f, ".hcl") && !strings.HasSuffix(f, ".json") || strings.HasSuffix(f, storefile.LockExtension) {
			continue // the programs of the copy are not those of the lock
		}
		b, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		changed = changed || strings.Contains(string(b), pairs[0])
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), []byte(replace.Replace(string(b))), 0o644); err != nil {
			return err
		}
	}
	if !changed {
		return fmt.Errorf("%q is not in examples/corner", pairs[0])
	}
	return nil
}

// cornerWith is a copy of examples/corner in which texts are replaced, given in
// pairs. Its programs are built.
func cornerWith(t *testing.T, pairs ...string) string {
	t.Helper()
	simulated, world := program(t, simulatedPackage, ""), program(t, worldPackage, "")
	dir := t.TempDir()
	pairs = append(pairs, `"../../plugins/simulated/world"`, `"`+world+`"`, `"../../plugins/simulated"`, `"`+simulated+`"`)
	if err := copyCorner(dir, pairs...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// release puts the simulated plugin as another version into a store's folder.
func release(t *testing.T, dir, name, flags string) string {
	t.Helper()
	b, err := os.ReadFile(program(t, simulatedPackage, flags))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
