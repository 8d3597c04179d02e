package server

import (
	"fmt"
	"runtime/debug"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/internal/wire"
)

// guard runs vendor code. A panic in it becomes a fault with its stack: it
// costs one device or one call and never the process.
func guard(op string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &fault.Error{Code: fault.Internal, Op: op,
				Err: &wire.Panic{Value: fmt.Sprint(v), Stack: string(debug.Stack())}}
		}
	}()
	return f()
}
