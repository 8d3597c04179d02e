package stripetest

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// MockModule and MockVersion name the stripe-mock that is built where no binary is named or installed.
const (
	MockModule  = "github.com/stripe/stripe-mock"
	MockVersion = "v0.203.0"
)

// MockEnv names a stripe-mock binary to use instead of one that is searched for or built.
const MockEnv = "STRIPE_MOCK"

// buildLimit bounds the build of stripe-mock, download included.
const buildLimit = 5 * time.Minute

// ErrNoMock says that no stripe-mock can be had on this machine. Tests skip on it.
var ErrNoMock = errors.New("no stripe-mock")

// findMock returns the stripe-mock to run: the one that STRIPE_MOCK names, one on PATH, one built earlier into the
// user's cache, or one built now. It is built outside any module of ours, so it never enters our go.mod.
func findMock() (string, error) {
	if named := os.Getenv(MockEnv); named != "" {
		if _, err := exec.LookPath(named); err != nil {
			return "", fmt.Errorf("%w: %s: %w", ErrNoMock, MockEnv, err)
		}
		return named, nil
	}
	if found, err := exec.LookPath("stripe-mock"); err == nil && isMock(found, "") {
		return found, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: find the user's cache folder: %w", ErrNoMock, err)
	}
	dir := filepath.Join(cache, "aisle", "stripe-mock", MockVersion)
	built := filepath.Join(dir, mockName())
	if isMock(built, MockVersion) {
		return built, nil
	}
	if err := buildMock(dir, built); err != nil {
		return "", fmt.Errorf("%w: build %s@%s: %w", ErrNoMock, MockModule, MockVersion, err)
	}
	return built, nil
}

func mockName() string {
	if runtime.GOOS == "windows" {
		return "stripe-mock.exe"
	}
	return "stripe-mock"
}

// isMock says whether path is a stripe-mock of that version, or of any where version is empty.
func isMock(path, version string) bool {
	info, err := buildinfo.ReadFile(path)
	if err != nil || info.Path != MockModule {
		return false
	}
	return version == "" || info.Main.Version == version
}

// buildMock builds into a folder of its own and renames, so that several test processes may do it at once.
func buildMock(dir, built string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "install", MockModule+"@"+MockVersion)
	cmd.Dir = tmp
	cmd.Env = append(os.Environ(), "GOBIN="+tmp, "GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(out.String()))
	}
	return os.Rename(filepath.Join(tmp, mockName()), built)
}
