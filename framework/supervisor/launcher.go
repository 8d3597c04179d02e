package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// launcherName is the file's, beside the program that runs a store.
const launcherName = "aisle-launcher"

// buildWithin is how long the launcher may take to be built, which is once for
// each version of it.
const buildWithin = 5 * time.Minute

// findLauncher finds the program that isolates plugins. The error says why
// there is none, for the report of each plugin.
func findLauncher(path string) (*sandbox.Launcher, error) {
	switch {
	case runtime.GOOS != "linux":
		return nil, errors.New("plugins are isolated on Linux only")
	case path == NoLauncher:
		return nil, errors.New("isolation is switched off")
	case path != "":
		return launcherAt(path)
	}
	if self, err := os.Executable(); err == nil {
		if l, err := launcherAt(filepath.Join(filepath.Dir(self), launcherName)); err == nil {
			return l, nil
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildWithin)
	defer cancel()
	path, err := build.Launcher(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("there is no %s beside this program, and it can't be built: %w", launcherName, err)
	}
	return launcherAt(path)
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
	}
	return sandbox.NewLauncher(path), nil
}
