//go:build linux

package main

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
)

// answers are those that answer a command late, twice, wrongly or never. (Twice
// in one call is what gRPC itself refuses; see twice.)
var answers = map[string]func(){
	"answers late": func() {
		serve(habits{call: func(context.Context, device) error { time.Sleep(9 * time.Second); return nil }})
	},
	"answers after it was called off": func() {
		serve(habits{call: func(ctx context.Context, _ device) error { <-ctx.Done(); return nil }})
	},
	"answers never": func() {
		w := wild{call: func(ctx context.Context, _ string, _ []byte) ([]byte, error) { return nil, forEver(ctx) }}
		w.serve()
	},
	"answers in noise": func() {
		w := wild{call: func(context.Context, string, []byte) ([]byte, error) { return []byte(noise(1000)), nil }}
		w.serve()
	},
	"answers at length": func() {
		w := wild{call: func(context.Context, string, []byte) ([]byte, error) { return []byte(strings.Repeat("x", 5<<20)), nil }}
		w.serve()
	},
	"answers with a code of its own": func() {
		w := wild{call: func(context.Context, string, []byte) ([]byte, error) {
			return nil, status.Error(codes.Code(4711), "a\x1b[31mb\nc"+strings.Repeat("z", 100_000))
		}}
		w.serve()
	},
	"unavailable, it says": func() {
		w := wild{call: func(context.Context, string, []byte) ([]byte, error) {
			return nil, status.Error(codes.Unavailable, "nothing moved")
		}}
		w.serve()
	},
	"refuses everything": func() {
		serve(habits{open: func(context.Context, sdk.Env) error { return fault.New(fault.Refused, "another host has it") }})
	},
	"blames a path at length": func() {
		serve(habits{open: func(context.Context, sdk.Env) error {
			return fault.At(strings.Repeat("a.", 50_000), fault.New(fault.Invalid, strings.Repeat("no\n", 50_000)))
		}})
	},
	"opens in noise": func() {
		w := wild{open: func(context.Context, uint64, uint64) ([]byte, error) { return []byte(noise(1000)), nil }}
		w.serve()
	},
	"opens with a million abilities": func() {
		w := wild{open: func(context.Context, uint64, uint64) ([]byte, error) {
			return []byte(strings.Repeat(string(f(4, "x")), 1_000_000)), nil
		}}
		w.serve()
	},
	"opens at length": func() {
		w := wild{open: func(context.Context, uint64, uint64) ([]byte, error) {
			return m(f(1, strings.Repeat("m", 1<<20)), f(2, strings.Repeat("s", 1<<20)+"\x1b[2J")), nil
		}}
		w.serve()
	},
}
