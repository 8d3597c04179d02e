package supervisor

import (
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
	"github.com/openaisle/aisle/sdk"
)

func init() {
	// reads says what it can read of what it is told.
	modes["reads"] = func() {
		for _, p := range os.Args[3:] {
			fmt.Fprintln(os.Stderr, "read", p, opened(p, os.O_RDONLY))
		}
		sdk.Serve(testPlugin())
	}
	// lends leaves a program that makes others its owner.
	modes["lends"] = func() {
		path := filepath.Join(os.Args[3], "shell")
		err := os.WriteFile(path, nil, 0o755)
		fmt.Fprintln(os.Stderr, "written", err, "lent", os.Chmod(path, 0o755|os.ModeSetuid))
		sdk.Serve(testPlugin())
	}
	// squats takes the names that hold users against other hosts.
	modes["squats"] = func() {
		first, _ := strconv.Atoi(os.Args[3])
		var errs error
		for i := range 64 {
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
			if err == nil {
				err = unix.Bind(fd, &unix.SockaddrUnix{Name: fmt.Sprintf("@aisle-plugin-user-%d", first+i)})
			}
			errs = errors.Join(errs, err)
		}
		fmt.Fprintln(os.Stderr, "squat", errs)
		sdk.Serve(testPlugin())
	}
}

// started starts a plugin for the report of its isolation, and gives what it
// said on the way.
func started(t *testing.T, s *Supervisor, log *records, sp Spec) (sandbox.Report, string) {
	t.Helper()
	in, err := s.Start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	return in.Isolation(), strings.Join(log.messages(), "\n")
}

// What one plugin is granted costs no other its namespaces, and a file that is
// made for plugins may be granted.
func TestGrantCostsNobodyElse(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	before, _ := started(t, s, log, spec("serve"))
	isolating(t, before)
	sp := spec("reads")
	sp.Args = append(sp.Args, "/etc/passwd")
	sp.Grants = sandbox.Grants{Read: []string{"/etc/passwd"}}
	r, said := started(t, s, log, sp)
	if r.Summary() != before.Summary() || !strings.Contains(said, "read /etc/passwd <nil>") {
		t.Errorf("%s; %s", r.Summary(), said)
	}
	// A link in a folder leads to what is not granted: there is nowhere to show it.
	dir := t.TempDir()
	shown, link := filepath.Join(dir, "shown"), filepath.Join(dir, "shown", "link")
	if err := errors.Join(os.Mkdir(shown, 0o755), os.Symlink(t.TempDir(), link)); err != nil {
		t.Fatal(err)
	}
	sp = spec("serve")
	sp.Grants = sandbox.Grants{Read: []string{shown, link}}
	r, _ = started(t, s, log, sp)
	if m, _ := r.Measure(sandbox.Files); !strings.Contains(m.Why, "left out: show "+link) {
		t.Error(m)
	}
	if after, _ := started(t, s, log, spec("serve")); after.Summary() != before.Summary() {
		t.Errorf("was %s, and is %s", before.Summary(), after.Summary())
	}
}

// A link that a plugin left in its folder is not followed for it.
func TestGrantThatIsALink(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	dir := t.TempDir()
	own, secret := filepath.Join(dir, "own"), filepath.Join(dir, "secret")
	if err := errors.Join(os.Mkdir(own, 0o700), os.Mkdir(secret, 0o700), os.Symlink(secret, filepath.Join(own, "sub")),
		os.WriteFile(filepath.Join(secret, "key"), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	sp := spec("reads")
	sp.Args = append(sp.Args, own, filepath.Join(own, "sub", "key"), filepath.Join(secret, "key"))
	sp.Grants = sandbox.Grants{Write: []string{own}, Read: []string{filepath.Join(own, "sub")}}
	before, _ := started(t, s, log, spec("serve"))
	isolating(t, before)
	r, said := started(t, s, log, sp)
	if m, _ := r.Measure(sandbox.Processes); m.State != sandbox.Enforced || !strings.Contains(said, "read "+own+" <nil>") || strings.Contains(said, "key <nil>") {
		t.Error(said)
	}
}

// A plugin in the host's network can't take the users of others.
func TestUserIsSquatted(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root has users for plugins")
	}
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	h := fnv.New32a()
	_, _ = h.Write([]byte("victim")) // never fails
	sp := spec("squats")
	sp.Args = append(sp.Args, strconv.Itoa(1_900_000_000+int(h.Sum32()%(1<<16))))
	sp.Grants = sandbox.Grants{Dial: []string{"*:9"}}
	squatter, err := s.Start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = squatter.Stop() }() // its end is no part of this
	if said := strings.Join(log.messages(), "\n"); !strings.Contains(said, "squat <nil>") {
		t.Skip(said)
	}
	victim := spec("serve")
	victim.Name = "victim"
	if r, _ := started(t, s, log, victim); r.Summary() == "" {
		t.Error("no report")
	}
}

// What a plugin writes to a folder belongs to the folder's owner, and lends that
// to nobody.
func TestLendsNoOwner(t *testing.T) {
	log := &records{}
	s := supervise(t, Options{Log: slog.New(log)})
	dir := t.TempDir()
	sp := spec("lends")
	sp.Args = append(sp.Args, dir)
	sp.Grants = sandbox.Grants{Write: []string{dir}}
	r, said := started(t, s, log, sp)
	isolating(t, r)
	i, err := os.Stat(filepath.Join(dir, "shell"))
	if err != nil || i.Mode()&os.ModeSetuid != 0 || !strings.Contains(said, "written <nil> lent chmod") {
		t.Errorf("%v, %v; %s", i, err, said)
	}
}
