//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// crashes are those that end where they should not.
var crashes = map[string]func(){
	"crash in describe": func() {
		w := wild{describe: func(context.Context) ([]byte, error) { os.Exit(4); return nil, nil }}
		w.serve()
	},
	"crash in open": func() {
		serve(habits{open: func(context.Context, sdk.Env) error { die("crash in open"); return nil }})
	},
	"panic in open": func() {
		serve(habits{open: func(context.Context, sdk.Env) error { panic("no such board") }})
	},
	"crash while running": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			_ = d.env.Link.Flush(ctx)
			die("crash while running")
			return nil
		}})
	},
	"panic while running": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			_ = d.env.Link.Flush(ctx)
			panic("index out of range")
		}})
	},
	"panic in a goroutine": func() {
		serve(habits{run: func(ctx context.Context, _ device) error {
			go panic("nobody recovers this")
			return forEver(ctx)
		}})
	},
	"returns while running": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			_ = d.env.Link.Flush(ctx)
			return errors.New("cable pulled")
		}})
	},
	"crash in a call": func() {
		serve(habits{call: func(context.Context, device) error { die("crash in a call"); return nil }})
	},
	"panic in a call": func() {
		serve(habits{call: func(context.Context, device) error { panic("the motor is not there") }})
	},
	// It does what it was told, the journal has the report of it, and then it
	// ends before it has answered.
	"crash after a commit": func() {
		serve(habits{every: time.Hour, call: func(ctx context.Context, d device) error {
			d.env.Log.Info("moved")
			die("crash after a commit")
			return nil
		}})
	},
	"crash in health": func() {
		serve(habits{condition: func() sdk.Condition { die("crash in health"); return sdk.Condition{} }})
	},
	"panic in health": func() {
		serve(habits{condition: func() sdk.Condition { panic("no gauge") }})
	},
	"crash in close": func() {
		serve(habits{close: func() error { die("crash in close"); return nil }})
	},
	"panic in close": func() {
		serve(habits{close: func() error { panic("nothing to close") }})
	},
	"abort when asked to end": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		go func() { <-c; die("aborts") }()
		serve(habits{})
	},
}

// die ends the process at once.
func die(word string) {
	say("%s", word)
	os.Exit(5)
}
