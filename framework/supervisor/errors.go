package supervisor

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// Reason is why a plugin did not start.
type Reason string

// The reasons.
const (
	// ReasonMissing: there is no such file, or not what it needs to run.
	ReasonMissing Reason = "missing"
	// ReasonNotExecutable: the file may not be executed.
	ReasonNotExecutable Reason = "not executable"
	// ReasonWrongFormat: the file is no program for this machine.
	ReasonWrongFormat Reason = "wrong format"
	// ReasonNoHandshake: it printed something else than the handshake line.
	ReasonNoHandshake Reason = "no handshake"
	// ReasonOtherContract: it speaks another version of the contract.
	ReasonOtherContract Reason = "other contract"
	// ReasonExited: it ended while it was starting.
	ReasonExited Reason = "exited at start"
	// ReasonHung: it did not get ready in time.
	ReasonHung Reason = "hung at start"
	// ReasonSilent: it can't be talked to, or answers with an error.
	ReasonSilent Reason = "does not answer"
	// ReasonIsolation: it has to be isolated and this machine can't.
	ReasonIsolation Reason = "isolation"
	// ReasonGrants: it is granted what no plugin gets.
	ReasonGrants Reason = "grants"
	// ReasonHost: the host could not start anything.
	ReasonHost Reason = "host"
)

// StartError says why a plugin did not start, in one sentence and the plugin's
// last words.
type StartError struct {
	Plugin, Path string
	Reason       Reason
	// Detail is a sentence for people, escaped.
	Detail string
	// Output are the plugin's last lines, escaped.
	Output []string
	// Err is the cause, where there is one.
	Err error
}

func (e *StartError) Error() string {
	return fmt.Sprintf("plugin %q (%s) %s%s", e.Plugin, e.Path, e.Detail, lastWords(e.Output))
}

// Unwrap gives the cause.
func (e *StartError) Unwrap() error { return e.Err }

// ExitError says how a plugin that had started ended.
type ExitError struct {
	Plugin string
	// State is the process's: "signal: killed", "exit status 2".
	State string
	// Output are its last lines, escaped.
	Output []string
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("plugin %q ended by itself (%s)%s", e.Plugin, e.State, lastWords(e.Output))
}

// ErrHung is the cause where a plugin stopped answering.
var ErrHung = errors.New("the plugin does not answer")

// errorLines is how many last lines an error message shows.
const errorLines = 5

func lastWords(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	shown := lines[max(0, len(lines)-errorLines):]
	for _, line := range slices.Backward(lines[:len(lines)-len(shown)]) {
		if fatal(line) {
			shown = append([]string{line}, shown...)
			break
		}
	}
	return "; its last words: " + strings.Join(shown, " | ")
}

// spawnError tells apart why the kernel would not run a file.
func spawnError(spec Spec, err error) *StartError {
	e := &StartError{Plugin: spec.Name, Path: spec.Path, Err: err}
	_, missing := os.Stat(spec.Path)
	var required *sandbox.RequiredError
	switch {
	case errors.As(err, &required):
		e.Reason, e.Detail = ReasonIsolation, "is not started: "+required.Error()
	case errors.Is(missing, fs.ErrNotExist):
		e.Reason, e.Detail = ReasonMissing, "is missing: there is no such file"
	case errors.Is(err, syscall.ENOEXEC):
		e.Reason, e.Detail = ReasonWrongFormat, "can't run here: "+formatOf(spec.Path)
	case errors.Is(err, fs.ErrNotExist):
		e.Reason, e.Detail = ReasonMissing, "can't run here: the interpreter or loader that it names is missing"
	case errors.Is(err, fs.ErrPermission):
		e.Reason, e.Detail = ReasonNotExecutable, "may not be executed: check that it is a file with the execute permission"
	default:
		e.Reason, e.Detail = ReasonHost, "could not be started: "+err.Error()
	}
	return e
}

// formatOf says what a file is that the kernel would not run.
func formatOf(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return "it is no program for " + runtime.GOOS + "/" + runtime.GOARCH
	}
	defer f.Close()
	return fmt.Sprintf("it was built for %s and this machine is %s", f.Machine, runtime.GOARCH)
}

// startError makes one clear error of what is known about a failed start.
func (a *launch) startError(ctx context.Context, negotiated error) error {
	var spawned *StartError
	switch {
	case errors.As(negotiated, &spawned) && !(a.expired && spawned.Reason == ReasonHost):
		return spawned
	case a.expired && !a.proc.started(): // killed on its way
		return &StartError{Plugin: a.proc.spec.Name, Path: a.proc.spec.Path, Reason: ReasonHung, Err: ctx.Err(),
			Detail: fmt.Sprintf("was not ready within %v of its start", a.limits.StartWithin)}
	}
	if !a.proc.started() {
		return &StartError{Plugin: a.proc.spec.Name, Path: a.proc.spec.Path, Reason: ReasonHost,
			Detail: "could not be started: " + escape(negotiated.Error(), maxText), Err: negotiated}
	}
	e := &StartError{Plugin: a.proc.spec.Name, Path: a.proc.spec.Path, Output: a.proc.out.last(), Err: negotiated}
	rubbish := strings.TrimSpace(a.proc.rubbish)
	switch first := a.first; {
	case errors.Is(first, errContract):
		e.Reason, e.Detail, e.Err = ReasonOtherContract, first.Error(), first
	case errors.Is(first, errHandshake):
		e.Reason, e.Err, e.Output = ReasonNoHandshake, first, nil
		e.Detail = fmt.Sprintf("does not start as a plugin: %v; %s", first, printed(rubbish))
	case a.expired:
		e.Reason, e.Detail, e.Err = ReasonHung, fmt.Sprintf("was not ready within %v of its start", a.limits.StartWithin), ctx.Err()
	case errors.Is(first, io.EOF) && rubbish != "":
		e.Reason, e.Err = ReasonNoHandshake, first
		e.Detail = fmt.Sprintf("does not start as a plugin: it ended (%s); %s", a.proc.exit(), printed(rubbish))
	case a.proc.exitedItself():
		e.Reason, e.Detail = ReasonExited, fmt.Sprintf("ended while it was starting (%s)", a.proc.exit())
		if len(e.Output) == 0 && damaged(a.proc.exit()) {
			e.Detail += " without a word: its file may be damaged; install it again"
		}
	case errors.Is(first, io.EOF):
		e.Reason, e.Err, e.Detail = ReasonNoHandshake, first, "closed its standard output without a handshake line"
	default:
		e.Reason, e.Detail = ReasonSilent, "started and can't be talked to: "+escape(negotiated.Error(), maxText)
	}
	return e
}

// damaged reports whether a program died of what no program does on purpose.
func damaged(state string) bool {
	return slices.ContainsFunc([]syscall.Signal{syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGILL}, func(s syscall.Signal) bool {
		return strings.HasPrefix(state, "signal: "+s.String())
	})
}

func printed(rubbish string) string {
	return fmt.Sprintf("it printed \"%s\" where the handshake line belongs (nothing but sdk.Serve may write to standard output)",
		escape(rubbish, maxShown))
}
