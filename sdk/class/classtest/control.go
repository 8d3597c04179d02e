package classtest

import (
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/host"
)

// controlEnv names the socket over which a fake in a process of its own is
// controlled. A device contract has no such door.
const controlEnv = "AISLE_CLASSTEST_CONTROL"

// ServeFake makes a test binary serve a fake as a real plugin process when
// StartFake started it, and says so when that is over; otherwise it returns
// false at once. A TestMain calls it first. Control is served with net/rpc under
// its type's name.
func ServeFake(p sdk.Plugin, control any) bool {
	path := os.Getenv(controlEnv)
	if path == "" {
		return false
	}
	s := rpc.NewServer()
	lis, err := net.Listen("unix", path)
	if err == nil {
		err = s.Register(control)
	}
	if err != nil {
		panic(err) // seen in the test's log: the plugin does not start
	}
	go s.Accept(lis) // ends with the process
	sdk.Serve(p)
	return true
}

// StartFake starts this test binary as a plugin process and gives the control
// of its fake.
func StartFake(t testing.TB) (*host.Plugin, *rpc.Client) {
	t.Helper()
	dir, err := os.MkdirTemp("", "fake") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	cmd := exec.Command(os.Args[0]) //nolint:gosec // this very binary
	cmd.Env = []string{controlEnv + "=" + path}
	p := Command(t, cmd)
	c, err := rpc.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return p, c
}
