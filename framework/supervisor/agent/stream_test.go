package agent

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
)

// spy counts what goes to an instance, by method. Where old is set, the agent
// knows no stream of commands.
type spy struct {
	grpc.ClientConnInterface
	old bool

	mu   sync.Mutex
	seen map[string]int
}

func (s *spy) see(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[method[strings.LastIndexByte(method, '/')+1:]]++
}

func (s *spy) Invoke(ctx context.Context, method string, args, reply any, o ...grpc.CallOption) error {
	s.see(method)
	return s.ClientConnInterface.Invoke(ctx, method, args, reply, o...)
}

func (s *spy) NewStream(ctx context.Context, d *grpc.StreamDesc, method string, o ...grpc.CallOption) (grpc.ClientStream, error) {
	s.see(method)
	if s.old && method == methodCommand {
		return nil, status.Error(codes.Unimplemented, "an agent of before")
	}
	return s.ClientConnInterface.NewStream(ctx, d, method, o...)
}

// Commands go on one stream, or, to an agent that knows none, as calls.
func TestCommandsOnOneStream(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	l := s.link(t, s.agent(t).address)
	in, _ := start(t, l).(*instance)
	for _, old := range []bool{false, true} {
		p := &spy{ClientConnInterface: &far{in}, old: old, seen: map[string]int{}}
		plugin := host.New(p)
		plugin.Through(in.at)
		epoch := uint64(1)
		if old {
			epoch = 2
		}
		if _, err := plugin.Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: epoch, Driver: "ticking", Config: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		for range 10 {
			if err := plugin.Gate(1, epoch).Admit(ctx, gate.Admission{Session: "in", Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
				t.Error(err)
			}
		}
		if err := plugin.Gate(1, epoch).Admit(ctx, gate.Admission{Session: "panic", Bodies: 1, Expires: time.Now().Add(time.Hour)}); fault.CodeOf(err) != fault.Internal || host.Stack(err) == "" {
			t.Errorf("a panic at the other end: %v, with the stack %.40q", err, host.Stack(err))
		}
		calls := 0
		if old {
			calls = 11
		}
		if p.seen["Command"] == 0 || p.seen["Admit"] != calls {
			t.Errorf("old %t: %v, want %d calls of Admit", old, p.seen, calls)
		}
		plugin.Disconnect()
	}
}
