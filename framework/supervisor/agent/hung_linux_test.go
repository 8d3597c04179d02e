package agent

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// A plugin that stops at its agent is replaced, although the line is whole.
func TestPluginHangsRemotely(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := s.agent(t)
	h := openShopWith(t, s.link(t, a.address), tickingConfig{Every: time.Hour}, patient(true))
	h.ready()
	a.server.mu.Lock()
	for _, r := range a.server.instances {
		freeze(t, r.in.PID())
	}
	a.server.mu.Unlock()
	h.until("opened anew", func() bool {
		return h.is(event.StateReady) && h.states[len(h.states)-1].Epoch != h.states[0].Epoch
	})
	if err := h.admit("again", within); err != nil {
		t.Error(err)
	}
}

// freeze stops a process and all below it: what the supervisor started may be an
// init of its own namespace.
func freeze(t *testing.T, pid int) {
	t.Helper()
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil && !errors.Is(err, os.ErrNotExist) { // not every kernel lists them
		t.Error(err)
	}
	for _, f := range strings.Fields(string(list)) {
		child, err := strconv.Atoi(f)
		if err == nil {
			err = syscall.Kill(child, syscall.SIGSTOP)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Error(err)
	}
}
