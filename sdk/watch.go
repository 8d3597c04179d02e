package sdk

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/openaisle/aisle/sdk/internal/wire"
)

// parentPoll is how often the plugin looks whether its parent still lives. The
// life-line is told at once; this is for hosts that give none.
const parentPoll = 250 * time.Millisecond

// parent is asked for as early as a program can: one that died before watch
// began must be missed too.
var parent = os.Getppid()

// watch returns when ctx ends or the host is gone: its end of the life-line was
// closed, or another process became the parent.
func watch(ctx context.Context, cancel context.CancelFunc) {
	if fd, err := strconv.Atoi(os.Getenv(wire.LifelineEnv)); err == nil && fd >= 0 {
		line := os.NewFile(uintptr(fd), "lifeline")
		go func() { // ends with the host, or the process
			defer cancel()
			var b [1]byte
			for {
				if _, err := line.Read(b[:]); err != nil {
					return
				}
			}
		}()
	}
	tick := time.NewTicker(parentPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if os.Getppid() != parent {
				return
			}
		}
	}
}
