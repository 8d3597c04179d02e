package inside

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox/order"
)

// launcher builds the program.
func launcher(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "launcher")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "../../../../tools/aisle-launcher")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// sent gives the launcher an order and returns its answer. It runs without
// namespaces, as this user.
func sent(t *testing.T, path string, text []byte) (order.Answer, error) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer ours.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	cmd := exec.CommandContext(t.Context(), path)
	cmd.ExtraFiles = []*os.File{null, theirs, null}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	if text != nil {
		if _, err := ours.Write(text); err != nil {
			t.Fatal(err)
		}
	} else {
		ours.Close()
	}
	b := make([]byte, order.MaxMessage)
	n, _ := ours.Read(b) // nothing where the host has gone
	var a order.Answer
	if n > 0 {
		if err := json.Unmarshal(b[:n], &a); err != nil {
			t.Fatal(err)
		}
	}
	return a, cmd.Wait()
}

func TestBadOrders(t *testing.T) {
	path := launcher(t)
	for _, tt := range []struct {
		name, order, says string
	}{
		{"rubbish", `{`, "read the order"},
		{"no name", `{"Args":["x"]}`, "names no plugin"},
		{"no arguments", `{"Name":"acme"}`, "no arguments"},
		{"no restriction", `{"Name":"acme","Args":["x"],"Rules":{"Off":true}}`, "restricts nothing"},
		{"to stay root", `{"Name":"acme","Args":["x"],"ID":{"UID":0,"GID":1}}`, "user 0"},
		{"no root", `{"Name":"acme","Args":["x"],"Own":{"Sockets":"/x"}}`, "no root"},
		{"a new root for the machine", `{"Name":"acme","Args":["x"],"Own":{"Root":"/nowhere","Sockets":"/x"}}`, "not the first process"},
		{"a filter that is none", `{"Name":"acme","Args":["x"],"Filter":[{"Op":65535}]}`, "filter"},
		{"no program", `{"Name":"acme","Args":["x"]}`, "run the program"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := sent(t, path, []byte(tt.order))
			if a.Kind == order.Ready { // it is about to become the plugin, and fails then
				if err == nil || tt.name != "no program" {
					t.Errorf("ready, %v", err)
				}
				return
			}
			if a.Kind != order.Failed || !strings.Contains(a.Err, tt.says) || err == nil {
				t.Errorf("got %+v, %v", a, err)
			}
		})
	}
	if a, err := sent(t, path, nil); err == nil || a.Kind != "" {
		t.Errorf("without a host: %+v, %v", a, err)
	}
}

func TestByHand(t *testing.T) {
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), launcher(t), "--help")
	cmd.Stderr = &out
	if err := cmd.Run(); err == nil || !strings.Contains(out.String(), "started by the Aisle host") {
		t.Errorf("%v: %q", err, out.String())
	}
}
