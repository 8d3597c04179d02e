package agenttest

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/agent"
)

// Enrol makes a store's authority in one folder and an agent of it in another,
// as `aisle agent init`, `enroll` and `join` do.
func Enrol(ctx context.Context, store, name, ca, dir string) error {
	authority, err := agent.Init(ca, store, time.Now())
	if err != nil {
		return err
	}
	e, err := authority.Enroll(name, time.Now)
	if err != nil {
		return err
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, lis) }()
	_, err = agent.Join(ctx, lis.Addr().String(), e.Token(), dir)
	if err != nil {
		cancel()
		return errors.Join(err, <-served)
	}
	return <-served
}
