package sdk_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/host"
)

// patience bounds what hangs. The SDK promises 2 s.
const patience = 20 * time.Second

// process starts this binary as a plugin without go-plugin's client, as far as
// the handshake line.
func process(t *testing.T, env ...string) (cmd *exec.Cmd, line string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	h := host.Handshake()
	cmd.Env = append([]string{servedEnv + "=1", h.MagicCookieKey + "=" + h.MagicCookieValue, "PLUGIN_PROTOCOL_VERSIONS=1"}, env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no handshake line: %v", err)
	}
	return cmd, line
}

// ends waits until the process has ended by itself.
func ends(t *testing.T, cmd *exec.Cmd) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	if !stop() {
		t.Fatal("the plugin did not end")
	}
	return err
}

func TestHandshakeLine(t *testing.T) {
	_, line := process(t)
	// Core protocol, contract, network, address, protocol, certificate.
	parts := strings.Split(strings.TrimSpace(line), "|")
	if len(parts) != 6 || parts[0] != "1" || parts[1] != "1" || parts[2] != "unix" || parts[4] != "grpc" {
		t.Errorf("handshake line %q", line)
	}
}

func TestEndsOnSIGTERM(t *testing.T) {
	cmd, _ := process(t)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// The life-line's end of file is the host's end, at once, whoever the parent is.
func TestEndsWithLifeline(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	cmd := exec.Command(os.Args[0])
	h := host.Handshake()
	cmd.Env = []string{servedEnv + "=1", h.MagicCookieKey + "=" + h.MagicCookieValue, host.LifelineEnv + "=3"}
	cmd.ExtraFiles = []*os.File{r}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ends(t, cmd); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// A plugin whose parent was killed lets go, without a life-line too. The parent
// is this binary, which starts the plugin and waits.
func TestEndsWithParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = []string{parentEnv + "=1"}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	// The plugin inherits the pipe, so its end of file is the plugin's end.
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = lines.ReadString('\n') // any end will do
	}()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the plugin outlived its parent")
	}
	_ = parent.Wait() // it was killed
}

// parentEnv makes this test binary start the plugin and wait.
const parentEnv = "AISLE_SDK_TEST_PARENT"

func beParent() {
	h := host.Handshake()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{servedEnv + "=1", h.MagicCookieKey + "=" + h.MagicCookieValue}
	cmd.Stdout = os.Stdout
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	_ = cmd.Wait()
}
