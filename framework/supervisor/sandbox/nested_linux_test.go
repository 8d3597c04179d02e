package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// What lies in a folder that the plugin writes to is granted with the folder
// alone, by whichever way it is named.
func TestNestedGrants(t *testing.T) {
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	if err := errors.Join(os.MkdirAll(at("own", "a"), 0o700), os.Mkdir(at("other"), 0o700), os.Symlink(at("other"), at("own", "link")),
		os.Symlink(at("own"), at("way"))); err != nil {
		t.Fatal(err)
	}
	s := &Start{c: Command{Grants: Grants{
		Read:  []string{at("other"), at("own", "link"), at("own", "link", "x"), at("owner"), at("way", "link")},
		Write: []string{at("own"), at("own", "a")},
	}}, net: network{sockets: []string{at("other", "s"), at("own", "s")}}}
	s.settle()
	if got, want := s.c.Grants.Read, []string{at("other"), at("owner")}; !reflect.DeepEqual(got, want) {
		t.Errorf("reads %q, want %q", got, want)
	}
	if got, want := s.c.Grants.Write, []string{at("own")}; !reflect.DeepEqual(got, want) {
		t.Errorf("writes %q, want %q", got, want)
	}
	if got, want := s.net.sockets, []string{at("other", "s")}; !reflect.DeepEqual(got, want) {
		t.Errorf("sockets %q, want %q", got, want)
	}
	if len(s.notes) != 5 {
		t.Errorf("notes %q", s.notes)
	}
}

// A start that can't be prepared holds nothing.
func TestPrepareFails(t *testing.T) {
	l := NewLauncher("/nowhere")
	for range 2 {
		s, err := l.Prepare(Command{Name: "acme", Instance: filepath.Join(t.TempDir(), "gone"), Grants: Grants{Dial: []string{"no address"}}})
		if err == nil || s != nil {
			t.Fatalf("got %v, %v", s, err)
		}
	}
}

// A user is held by one at a time, wherever its host's network is.
func TestHoldUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has users for plugins")
	}
	a, err := leaseUser("held-by-a-test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	b, err := leaseUser("held-by-a-test")
	if err != nil {
		t.Fatal(err)
	}
	if a.id == b.id {
		t.Errorf("%d is held twice", a.id)
	}
	id := b.id
	b.close()
	b, err = leaseUser("held-by-a-test")
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if b.id != id {
		t.Errorf("%d was let go, and %d is the next", id, b.id)
	}
}

func TestHiddenDevices(t *testing.T) {
	for node, want := range map[string]bool{
		"/dev/mem": true, "/dev/cpu/0/msr": true, "/dev/sg0": true, "/dev/nvme0": true, "/dev/pts/0": true, "/dev/tty1": true, "/dev/uinput": true,
		"/dev/ttyUSB0": false, "/dev/ttyS0": false, "/dev/ttyACM0": false, "/dev/hidraw0": false, "/dev/video0": false, "/dev/bus/usb/001/002": false,
		"/dev/input/event0": false, "/dev/null": false,
	} {
		if hidden(node) != want {
			t.Errorf("%s: hidden %v", node, !want)
		}
	}
}

// A start that is made anew finds what the first try made.
func TestPrepareAgain(t *testing.T) {
	dir := t.TempDir()
	l := NewLauncher("/nowhere")
	for range 2 {
		s, err := l.Prepare(Command{Name: "acme", Instance: dir, Sockets: dir})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
}
