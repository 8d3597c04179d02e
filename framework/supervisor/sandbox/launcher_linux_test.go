package sandbox

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// A kernel that has no namespaces for anybody is one thing, and one that has run
// short of them another: nothing is isolated less than it can be.
func TestDemotion(t *testing.T) {
	for _, c := range []struct {
		name    string
		proven  bool
		err     error
		again   bool
		demoted bool
	}{
		{"started", false, nil, false, false},
		{"refused at first", false, unix.EPERM, true, true},
		{"too many at first", false, unix.ENOSPC, true, true},
		{"no such program", false, unix.ENOENT, false, false},
		{"refused later", true, unix.EPERM, false, false},
		{"too many later", true, unix.ENOSPC, false, false},
	} {
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		l := &Launcher{path: "launcher", proven: c.proven}
		err = (&Start{l: l, theirs: null}).Started(c.err)
		if errors.Is(err, ErrAgain) != c.again || (err != nil) != (c.err != nil) || (l.bareWhy() != nil) != c.demoted {
			t.Errorf("%s: %v, and goes without from now on: %v", c.name, err, l.bareWhy())
		}
	}
}
