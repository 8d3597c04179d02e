package i2cdev_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/plugins/gpio/internal/i2cdev"
)

// What is no bus is told apart from one that is not there, through a link too. Buses that are
// there are what the drivers' tests in a machine open.
func TestOpen(t *testing.T) {
	link := filepath.Join(t.TempDir(), "display")
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		"/dev/null": "a node such as /dev/i2c-1", link: "a node such as /dev/i2c-1", "/dev/i2c-99": "no such file",
	} {
		if _, err := i2cdev.Open(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
