// Command leaky is a plugin that tells its secret to everybody: on stderr, in
// its log and in the errors of its device. The test of doctor's bundle runs it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
)

type config struct {
	Key string `aisle:"key,required,sensitive" doc:"What nobody may know."`
}

func open(_ context.Context, env sdk.Env, c config) (credential.Reader, error) {
	fmt.Fprintln(os.Stderr, "opening with", c.Key)
	env.Log.Warn("the key does not fit", "key", c.Key)
	return nil, fault.New(fault.Unavailable, "nobody answers to "+c.Key)
}

func main() {
	sdk.Serve(sdk.Plugin{Name: "test/leaky", Version: "1.0.0", Drivers: []sdk.Driver{credential.Driver("reader", open)}})
}
