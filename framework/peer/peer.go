// Package peer starts the companion processes that a store declares: a
// simulated world, a stand-in for a processor.
//
// A peer is nobody's child: it is started in a session of its own by a process
// that ends at once, so that it outlives the host and its terminal. A later
// host on the same data folder goes on with it where it still answers. It is
// not watched and not restarted: a peer that ends has its reasons, and what
// depends on it says so.
//
// It is not about plugins: they are the host's own and go with it (package
// supervisor). Package store is its caller.
//
// For each peer there is in DATA/peers: NAME.address, which the peer writes
// once it serves, NAME.json, which says what was started, and NAME.log.
package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits, in real time.
const (
	// StartWithin is how long a peer may take until it answers.
	StartWithin = 30 * time.Second
	// StopWithin is how long it may take to end after it was told to.
	StopWithin = 10 * time.Second
	// look is how often it is looked at meanwhile.
	look = 10 * time.Millisecond
	// answerWithin is how long it may take to accept a connection.
	answerWithin = time.Second
	// maxLast is how much of its log an error shows, in bytes.
	maxLast = 2 << 10
	// maxAddress is the longest address of a peer, in bytes.
	maxAddress = 1024
)

// Spec says which peer to start.
type Spec struct {
	Name   string
	Binary string
	Args   []string
	// Dir is its working directory; empty for the host's own.
	Dir string
}

// Peer is one that answers.
type Peer struct {
	Name, Address string
	// PID is 0 where it was found and nothing is known of its process.
	PID int
	// Found says that it was running already.
	Found bool
}

// Error says why there is no such peer.
type Error struct {
	Name, Message string
	// Output are the last lines of its log.
	Output string
	Err    error
}

func (e *Error) Error() string {
	s := fmt.Sprintf("peer %q %s", e.Name, e.Message)
	if e.Output != "" {
		s += "; its last words: " + e.Output
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// record is what is remembered of a process that was started.
type record struct {
	PID     int      `json:"pid"`
	Started string   `json:"started"` // by the system: tells two processes of one pid apart
	Binary  string   `json:"binary"`
	Args    []string `json:"args"`
}

func folder(data string) string             { return filepath.Join(data, "peers") }
func file(data, name, ending string) string { return filepath.Join(folder(data), name+ending) }

// Start goes on with the peer that runs on the data folder, or starts it. It
// returns once the peer answers. The error is an *Error, or that of ctx.
func Start(ctx context.Context, data string, s Spec) (Peer, error) {
	data, err := filepath.Abs(data)
	if err != nil {
		return Peer{}, err
	}
	if err := os.MkdirAll(folder(data), 0o755); err != nil {
		return Peer{}, err
	}
	rec, running := running(data, s.Name)
	if address := answering(data, s.Name); address != "" {
		return Peer{Name: s.Name, Address: address, PID: rec.PID, Found: true}, nil
	}
	if !running {
		if rec, err = start(ctx, data, s); err != nil {
			return Peer{}, err
		}
	}
	return await(ctx, data, s.Name, rec.PID, running)
}

// running is the record of a peer's process, and whether it still runs.
func running(data, name string) (record, bool) {
	var r record
	b, err := os.ReadFile(file(data, name, ".json"))
	if err != nil || json.Unmarshal(b, &r) != nil || r.PID <= 1 {
		return record{}, false
	}
	started, alive := identify(r.PID)
	if !alive || started != r.Started {
		return record{}, false
	}
	return r, true
}

// answering is the address of a peer that accepts connections, or "".
func answering(data, name string) string {
	b, err := os.ReadFile(file(data, name, ".address"))
	address := strings.TrimSpace(string(b))
	if err != nil || address == "" || len(address) > maxAddress {
		return ""
	}
	network, host := "unix", strings.TrimPrefix(address, "unix:")
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		network, host = "tcp", u.Host
	}
	conn, err := net.DialTimeout(network, host, answerWithin)
	if err != nil {
		return ""
	}
	_ = conn.Close() // nothing was said
	return address
}

// script starts its arguments in the background, with their output in the file
// that LOG names, and says their pid. The shell then ends, and its child is
// nobody's.
const script = `"$@" >>"$LOG" 2>&1 </dev/null & echo $!`

func start(ctx context.Context, data string, s Spec) (record, error) {
	fail := func(err error, format string, args ...any) (record, error) {
		return record{}, &Error{Name: s.Name, Message: fmt.Sprintf(format, args...), Err: err}
	}
	if info, err := os.Stat(s.Binary); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return fail(err, "can't be started: %s is no program", s.Binary)
	}
	if err := os.Remove(file(data, s.Name, ".address")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fail(err, "can't be started: %v", err)
	}
	args := append([]string{s.Binary}, s.Args...)
	args = append(args, "--data", data, "--address-file", file(data, s.Name, ".address"))
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", script, "sh"}, args...)...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), "LOG="+file(data, s.Name, ".log"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil {
		return fail(err, "can't be started: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		return fail(err, "can't be started: its pid is %q", out)
	}
	r := record{PID: pid, Binary: s.Binary, Args: s.Args}
	r.Started, _ = identify(pid) // one that has ended is found to have below
	b, err := json.Marshal(r)
	if err != nil {
		return fail(err, "can't be recorded: %v", err)
	}
	if err := os.WriteFile(file(data, s.Name, ".json"), append(b, '\n'), 0o644); err != nil {
		return fail(err, "can't be recorded: %v", err)
	}
	return r, nil
}

// await waits until a peer that was started answers.
func await(ctx context.Context, data, name string, pid int, found bool) (Peer, error) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	late := time.NewTimer(StartWithin)
	defer late.Stop()
	for {
		_, alive := identify(pid)
		if address := answering(data, name); address != "" {
			return Peer{Name: name, Address: address, PID: pid, Found: found}, nil
		}
		if !alive {
			return Peer{}, &Error{Name: name, Message: "ended while it was starting", Output: last(data, name)}
		}
		select {
		case <-tick.C:
		case <-late.C:
			return Peer{}, &Error{Name: name, Message: fmt.Sprintf("did not answer within %v of its start", StartWithin), Output: last(data, name)}
		case <-ctx.Done():
			return Peer{}, ctx.Err()
		}
	}
}

// last is the end of a peer's log on one line.
func last(data, name string) string {
	b, err := os.ReadFile(file(data, name, ".log"))
	if err != nil {
		return ""
	}
	if len(b) > maxLast {
		b = b[len(b)-maxLast:]
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	lines = lines[max(0, len(lines)-5):]
	return strings.Join(lines, " | ")
}

// List names the peers that were ever started on a data folder.
func List(data string) []string {
	found, err := filepath.Glob(file(data, "*", ".json"))
	if err != nil {
		return nil
	}
	for i, f := range found {
		found[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return found
}

// PID is the process of a peer that runs on a data folder, 0 where it doesn't.
func PID(data, name string) int {
	r, alive := running(data, name)
	if !alive {
		return 0
	}
	return r.PID
}

// Stop tells a peer to end and waits until it has. A process that is not the
// one that was started is left alone; one that is gone already is no error.
func Stop(ctx context.Context, data, name string) error {
	data, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	r, alive := running(data, name)
	if !alive {
		return nil
	}
	if err := syscall.Kill(r.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return &Error{Name: name, Message: fmt.Sprintf("can't be told to end: %v", err), Err: err}
	}
	tick := time.NewTicker(look)
	defer tick.Stop()
	late := time.NewTimer(StopWithin)
	defer late.Stop()
	for {
		if _, alive := running(data, name); !alive {
			return nil
		}
		select {
		case <-tick.C:
		case <-late.C:
			return &Error{Name: name, Message: fmt.Sprintf("did not end within %v (process %d)", StopWithin, r.PID)}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
