package zoo

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor/build"
)

// nobody is the ordinary user as whom root runs the zoo once more.
const nobody = 65534

// programEnv names the program of ./animal where it is not to be built.
const programEnv = "AISLE_ZOO_PROGRAM"

// partEnv lists the animals that are let loose, where not all are.
const partEnv = "AISLE_ZOO_PART"

// asUser are the animals that are let loose again.
var asUser = []string{"crash while running", "panic while running", "stopped while running", "tree of children", "daemon at start",
	"child stopped in a session", "won't end", "floods standard error", "hang in describe", "other contract", "eats descriptors",
	"eats processes", "files in its directory", "socket elsewhere"}

// part are the animals to let loose. In short, a part of them: races are looked
// for that way, and one of a kind shows them.
func part() []Animal {
	only := os.Getenv(partEnv)
	if only == "" && testing.Short() {
		only = strings.Join(asUser, ",")
	}
	return slices.DeleteFunc(All(), func(a Animal) bool { return only != "" && !slices.Contains(strings.Split(only, ","), a.Name) })
}

// TestOrdinaryUser runs a part of the zoo, and every way out, as an ordinary
// user: most stores should not run as root.
func TestOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root: the other tests run as an ordinary user already")
	}
	if testing.Short() {
		t.Skip("short")
	}
	t.Parallel()
	dir, err := os.MkdirTemp("", "zu")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // programs for another user
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	launcher, err := build.New(nil).Binary(t.Context(), ".", "plugin", "aisle-launcher", "../../../tools/aisle-launcher")
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"zoo.test": self, "animal": programs.Go, "aisle-launcher": launcher} {
		copyProgram(t, filepath.Join(dir, name), from)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(dir, "zoo.test"), "-test.run", "^(TestEscapes|TestZoo)$", "-test.v")
	c.Dir = dir
	c.Env = []string{"TMPDIR=" + dir, "HOME=" + dir, programEnv + "=" + filepath.Join(dir, "animal"), partEnv + "=" + strings.Join(asUser, ","), "PATH=/usr/bin:/bin"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	lines := strings.Split(string(out), "\n")
	passed := 0
	for _, l := range lines {
		if strings.Contains(l, "--- PASS: ") {
			passed++
		}
		if strings.Contains(l, "what is enforced") {
			t.Log(strings.TrimSpace(l))
		}
	}
	if err != nil || passed < leastAttempts {
		t.Errorf("as user %d: %v, %d tests passed\n%s", nobody, err, passed, out)
	}
	t.Logf("as user %d: %d tests passed", nobody, passed)
}

func copyProgram(t *testing.T, to, from string) {
	t.Helper()
	r, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755) //nolint:gosec // for another user
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
