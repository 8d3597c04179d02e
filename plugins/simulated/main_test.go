package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var builtDir string

// pluginBinary gives the plugin's binary, which all tests share.
var pluginBinary = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(builtDir, "simulated")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
})

func TestMain(m *testing.M) {
	var err error
	if builtDir, err = os.MkdirTemp("", "aisle-simulated-test"); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(builtDir); err != nil {
		fmt.Println(err)
		code = max(code, 1)
	}
	os.Exit(code)
}
