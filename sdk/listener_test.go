package sdk_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
)

// A listener that breaks ends the devices, too: they would run on with nobody to
// report to.
func TestBrokenListener(t *testing.T) {
	over := make(chan struct{})
	p := testPlugin
	p.Drivers = []sdk.Driver{gate.Driver("turnstile", func(ctx context.Context, _ sdk.Env, _ struct{}) (gate.Gate, error) {
		context.AfterFunc(ctx, func() { close(over) })
		return &testGate{}, nil
	})}
	lis, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- sdk.ServeTest(t.Context(), lis, p) }()
	conn, err := grpc.NewClient("unix:"+lis.Addr().String(), append(host.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := host.New(conn).Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Driver: "turnstile", Address: "gate.north", Config: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	lis.Close()
	if err := <-served; err == nil {
		t.Error("no error of the listener's")
	}
	<-over
}
