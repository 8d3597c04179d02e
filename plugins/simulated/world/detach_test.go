//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
)

// TestDetached: the starter returns when the world serves; the world is not its
// child, holds its folder, and leaves nothing behind.
func TestDetached(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "world")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := t.TempDir()
	address := filepath.Join(data, "peers", "world.address")
	args := []string{"-detach", "-scene", corner, "-data", data, "-address-file", address, "-shoppers", "2"}
	out, err := exec.Command(binary, args...).Output()
	if err != nil {
		t.Fatal(err, string(out))
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }() // it should be gone by then
	at, err := os.ReadFile(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := wire.Dial(t.Context(), string(at))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Write(wire.FromClient{Hello: wire.HelloParticipant, Name: "visitor"}); err != nil {
		t.Fatal(err)
	}
	var m wire.ToClient
	if err := conn.Read(&m); err != nil || m.StartUS == 0 {
		t.Fatalf("%+v %v", m, err)
	}
	if sid, err := unix.Getsid(pid); err != nil || sid != pid {
		t.Errorf("the world's session is %d %v, want its own %d", sid, err, pid)
	}
	var stderr bytes.Buffer
	second := exec.Command(binary, args...)
	second.Stderr = &stderr
	if err := second.Run(); err == nil || !strings.Contains(stderr.String(), "another world") {
		t.Errorf("a second world on one folder: %v %q", err, stderr.String())
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for err == nil { // until the world has closed its end
		err = conn.Read(&json.RawMessage{})
	}
	lock, err := os.Open(filepath.Join(data, "world.lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil { // waits for the world to end
		t.Fatal(err)
	}
	if _, err := os.Stat(address); err == nil {
		t.Error("the address is still there")
	}
}
