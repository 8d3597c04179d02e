package mutants

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

const (
	// saidBytes is how much is kept of what tests said.
	saidBytes = 4000
	// graceAfter is how long a test program may take to go once it is told to.
	graceAfter = 5 * time.Second
)

// trial is the tests of one package, with a mistake or without.
type trial struct {
	root, dir, pkg string
	// overlay is the file that says what is another; empty for nothing.
	overlay string
	program string
	// build and took say how long building and running took.
	build, took time.Duration
}

// verdict is what a run of tests came to.
type verdict struct {
	// Failed is the first test that did; empty for none.
	failed string
	// Skipped says that none could run here.
	skipped bool
	// Said is the last of what they said.
	said string
}

// make builds the tests. The error is ErrTable where they don't build, for a
// mistake that does not compile is found by the compiler alone.
func (t *trial) make(ctx context.Context) error {
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return err
	}
	t.program = filepath.Join(t.dir, strings.NewReplacer("/", "_", ".", "_").Replace(t.pkg))
	args := []string{"test", "-c", "-o", t.program}
	if t.overlay != "" {
		args = append(args, "-overlay", t.overlay)
	}
	began := time.Now()
	build := exec.CommandContext(ctx, "go", append(args, t.pkg)...)
	build.Dir = t.root
	out, err := build.CombinedOutput()
	t.build += time.Since(began)
	if err != nil {
		return fmt.Errorf("%w: go test -c %s: %w\n%s", ErrTable, t.pkg, err, out)
	}
	if _, err := os.Stat(t.program); err != nil {
		return fmt.Errorf("%w: %s has no tests", ErrTable, t.pkg)
	}
	return nil
}

// run runs a check's tests.
func (t *trial) run(ctx context.Context, check Check) (v verdict, err error) {
	limited, cancel := context.WithTimeout(ctx, RunWithin+graceAfter)
	defer cancel()
	c := exec.CommandContext(limited, t.program, "-test.v", "-test.failfast", "-test.run="+check.Tests, "-test.timeout="+RunWithin.String()) //nolint:gosec // what was built above
	c.Dir = filepath.Join(t.root, filepath.FromSlash(t.pkg))
	c.Env = append(os.Environ(), check.Env...)
	c.WaitDelay = graceAfter
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	began := time.Now()
	err = c.Run()
	t.took += time.Since(began)
	v.said = tail(out.String())
	switch exit := (*exec.ExitError)(nil); {
	case ctx.Err() != nil:
		return v, ctx.Err()
	case err == nil && !strings.Contains(out.String(), "--- PASS: "):
		if v.skipped = strings.Contains(out.String(), "--- SKIP: "); !v.skipped {
			err = fmt.Errorf("%w: %s runs no test\n%s", ErrTable, check, v.said)
		}
		return v, err
	case err != nil && !errors.As(err, &exit):
		return v, err
	case err != nil:
		v.failed = firstFailed(out.String())
	}
	return v, nil
}

var (
	failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	runLine  = regexp.MustCompile(`(?m)^=== (?:RUN|CONT|NAME)\s+(\S+)`)
)

// firstFailed is the test that failed first: its innermost part; or the one that
// was running when the program ended.
func firstFailed(out string) string {
	fails := failLine.FindAllStringSubmatch(out, -1)
	if at := strings.Index(out, "\npanic: "); at >= 0 {
		if runs := runLine.FindAllStringSubmatch(out[:at], -1); len(runs) > 0 && len(fails) == 0 {
			return runs[len(runs)-1][1]
		}
	}
	first := ""
	for _, f := range fails {
		if first == "" || strings.HasPrefix(f[1], first+"/") || strings.HasPrefix(first, f[1]+"/") && len(f[1]) > len(first) {
			first = f[1]
		}
	}
	if first == "" {
		return "the test program"
	}
	return first
}

// tail is the end of what was said.
func tail(s string) string {
	if len(s) <= saidBytes {
		return s
	}
	return "…" + strings.ToValidUTF8(s[len(s)-saidBytes:], "")
}
