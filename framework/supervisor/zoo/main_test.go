package zoo

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/supervisor/build"
)

// programs are the animals', built once.
var programs Programs

// TestMain looks that nothing is left of this process either: no goroutine, no
// descriptor, and no memory that a message of an animal made it take.
func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	var err error
	if programs, err = Find(ctx, build.New(nil)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cancel()
	before := descriptors()
	code := m.Run()
	if left := descriptors(); code == 0 && len(left) > len(before) {
		fmt.Fprintf(os.Stderr, "descriptors left: %v, before %v\n", left, before)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// descriptors are those of this process but for what the runtime keeps for
// itself.
func descriptors() (all []string) {
	if runtime.GOOS != "linux" {
		return nil
	}
	list, _ := os.ReadDir("/proc/self/fd")
	for _, e := range list {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || strings.Contains(to, "eventpoll") || strings.Contains(to, "eventfd") {
			continue
		}
		all = append(all, e.Name()+" "+to)
	}
	return all
}
