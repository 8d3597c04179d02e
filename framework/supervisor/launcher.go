package supervisor

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// launcherName is the file's, beside the program that runs a store.
const launcherName = "aisle-launcher"

// buildWithin is how long the launcher may take to be built, which is once for
// each version of it.
const buildWithin = 5 * time.Minute

// LauncherPath is the program that isolates plugins, as a host on this machine
// finds or builds it. The error says why none can be had.
func LauncherPath() (string, error) {
	path, err := launcherPath("")
	if err == nil {
		_, err = launcherAt(path)
	}
	return path, err
}

// findLauncher finds the program that isolates plugins. The error says why
// there is none, for the report of each plugin.
func findLauncher(path string) (*sandbox.Launcher, error) {
	path, err := launcherPath(path)
	if err != nil {
		return nil, err
	}
	return launcherAt(path)
}

func launcherPath(path string) (string, error) {
	switch {
	case runtime.GOOS != "linux":
		return "", errors.New("plugins are isolated on Linux only")
	case path == NoLauncher:
		return "", errors.New("isolation is switched off")
	case path != "":
		return path, nil
	}
	unfit := "there is no " + launcherName + " beside this program"
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), launcherName)
		_, err := launcherAt(beside)
		if err == nil {
			return beside, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			unfit = err.Error()
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildWithin)
	defer cancel()
	path, err := build.Launcher(ctx, nil)
	if err != nil {
		return "", fmt.Errorf("%s, and it can't be built: %w", unfit, err)
	}
	return path, nil
}

func launcherAt(path string) (*sandbox.Launcher, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	i, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the launcher: %w", err)
	case !i.Mode().IsRegular() || i.Mode()&0o111 == 0:
		return nil, fmt.Errorf("the launcher %s is no program", path)
	case withCgo(path):
		return nil, fmt.Errorf("the launcher %s was built with cgo, and can't isolate: build it with CGO_ENABLED=0 go build", path)
	}
	return sandbox.NewLauncher(path), nil
}

// withCgo reports whether a program says that it was built with cgo. Where it
// was, no call reaches all threads of the launcher and no plugin starts.
func withCgo(path string) bool {
	i, err := buildinfo.ReadFile(path)
	return err == nil && slices.Contains(i.Settings, debug.BuildSetting{Key: "CGO_ENABLED", Value: "1"})
}
