package supervisor

import (
	"net"
	"runtime"
	"testing"

	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// TestConnections: what a plugin dials is counted by the address it was granted.
func TestConnections(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := supervise(t, Options{})
	sp := spec("dial")
	sp.Args = append(sp.Args, l.Addr().String())
	sp.Grants = sandbox.Grants{Dial: []string{l.Addr().String()}}
	in, err := s.Start(t.Context(), sp)
	if err != nil {
		t.Fatal(err)
	}
	isolating(t, in.Isolation())
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := in.Connections()
	for len(got) == 1 && got[0].Accepted == 0 {
		runtime.Gosched()
		got = in.Connections()
	}
	if len(got) != 1 || got[0].Address != l.Addr().String() || got[0].Accepted != 1 || got[0].Refused+got[0].Failed != 0 {
		t.Errorf("got %+v", got)
	}
	if err := in.Stop(); err != nil {
		t.Error(err)
	}
	if plain, err := s.Start(t.Context(), spec("serve")); err != nil || plain.Connections() != nil {
		t.Errorf("without a grant: %v, %v", plain, err)
	} else if err := plain.Stop(); err != nil {
		t.Error(err)
	}
}
