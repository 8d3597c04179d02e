package supervisor

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A launcher that was built with cgo starts no plugin: it is refused with the
// words that mend it, before the first plugin fails by it.
func TestLauncherWithCgo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("plugins are isolated on Linux only")
	}
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for cgo, refused := range map[string]bool{"0": false, "1": true} {
		path := filepath.Join(dir, "launcher"+cgo)
		c := exec.Command("go", "build", "-o", path, source)
		c.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		_, err := launcherAt(path)
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "CGO_ENABLED=0 go build") {
			t.Errorf("CGO_ENABLED=%s: %v", cgo, err)
		}
	}
}
