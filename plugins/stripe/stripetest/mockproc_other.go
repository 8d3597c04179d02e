//go:build !linux

package stripetest

import (
	"os/exec"
)

// lifeline runs a command until standard input ends, which it does when the process that holds its other end dies.
const lifeline = `"$@" </dev/null & child=$!; while read -r _; do :; done; kill "$child"; wait "$child"`

// mortalCommand is a command under a shell that kills it once our end of a pipe is gone.
func mortalCommand(binary string, args ...string) (*exec.Cmd, func(), error) {
	cmd := exec.Command("sh", append([]string{"-c", lifeline, "sh", binary}, args...)...)
	line, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	return cmd, func() { _ = line.Close() }, nil
}
