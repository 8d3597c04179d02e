package sdk_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/openaisle/aisle/sdk/host"
)

// Somebody who starts a plugin by hand reads what it is and what to do.
func TestStartedByHand(t *testing.T) {
	for name, cookie := range map[string]string{"no cookie": "", "another cookie": "x"} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0])
			cmd.Env = []string{servedEnv + "=1", host.Handshake().MagicCookieKey + "=" + cookie}
			var out, said bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &said
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("ended with %v, want status 1", err)
			}
			const want = "test/gate 0.1.0 drives turnstile (gate). Aisle starts it by itself: " +
				"put it into a store file: plugin \"test\" { source = ... }\n"
			if said.String() != want || out.Len() > 0 {
				t.Errorf("said %q and printed %q, want %q", said.String(), out.String(), want)
			}
		})
	}
}
