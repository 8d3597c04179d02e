//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// hangs are those that don't go on.
var hangs = map[string]func(){
	"hang at start":     waitForEver,
	"stop at start":     func() { stopSelf(); waitForEver() },
	"accepts nothing":   func() { w := wild{}; w.listen("s"); waitForEver() },
	"no socket at all":  func() { announceOnly(); waitForEver() },
	"handshake in drip": drip,
	"no TLS handshake": func() {
		w := wild{}
		lis, _ := w.listen("s")
		acceptAll(lis, func(net.Conn) { waitForEver() })
	},
	"plain text behind the certificate": func() {
		w := wild{}
		lis, _ := w.listen("s")
		acceptAll(lis, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	},
	"TLS and no word": func() {
		w := wild{}
		lis, conf := w.listen("s")
		acceptAll(tls.NewListener(lis, conf), func(c net.Conn) { _ = c.(*tls.Conn).Handshake(); waitForEver() })
	},
	"TLS and closes": func() {
		w := wild{}
		lis, conf := w.listen("s")
		acceptAll(tls.NewListener(lis, conf), func(c net.Conn) { _ = c.(*tls.Conn).Handshake(); c.Close() })
	},
	"hang in describe": func() {
		w := wild{describe: func(context.Context) ([]byte, error) { waitForEver(); return nil, nil }}
		w.serve()
	},
	"hang in open": func() {
		serve(habits{open: func(context.Context, sdk.Env) error { waitForEver(); return nil }})
	},
	"hang while running": func() {
		serve(habits{run: func(context.Context, device) error { waitForEver(); return nil }})
	},
	"hang in a call": func() {
		serve(habits{call: func(context.Context, device) error { waitForEver(); return nil }})
	},
	"hang in health": func() {
		serve(habits{condition: func() sdk.Condition { waitForEver(); return sdk.Condition{} }})
	},
	"hang in close": func() {
		serve(habits{close: func() error { waitForEver(); return nil }})
	},
	"won't end": func() {
		go func() {
			for range time.Tick(time.Millisecond) { // the SDK asks for it again
				signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
			}
		}()
		serve(habits{run: func(context.Context, device) error { waitForEver(); return nil }})
	},
	"hang in shutdown": func() {
		signal.Ignore(syscall.SIGTERM)
		w := wild{shutdown: waitForEver}
		w.serve()
	},
	"stopped while running": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			_ = d.env.Link.Flush(ctx)
			stopSelf()
			return forEver(ctx)
		}})
	},
	"stops when asked to end": func() {
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		go func() { <-c; stopSelf() }()
		serve(habits{})
	},
	"live-lock": func() {
		serve(habits{run: func(context.Context, device) error {
			for range 2 * runtime.NumCPU() {
				go func() {
					for {
					}
				}()
			}
			waitForEver()
			return nil
		}})
	},
}

// stopSelf stops this process as SIGSTOP from outside would.
func stopSelf() { _ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) }

// announceOnly announces a socket that nobody listens on.
func announceOnly() {
	w := wild{}
	lis, _ := w.listen("s")
	lis.Close()
}

// drip prints the handshake so slowly that it never ends.
func drip() {
	for {
		fmt.Print("1")
		time.Sleep(100 * time.Millisecond)
	}
}

func acceptAll(lis net.Listener, f func(net.Conn)) {
	for {
		c, err := lis.Accept()
		if err != nil {
			return
		}
		go f(c)
	}
}
