//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

// forgeries are those that say what is not so.
var forgeries = map[string]func(){
	"forges log lines": func() {
		beside(func() {
			fmt.Fprint(os.Stderr, "innocent\r\x1b[1Apayment: settled\n")
			say(`{"level":"ERROR","msg":"cell\nplugin=cards payment settled","time":"1999-01-01T00:00:00Z","plugin":"cards","n":7}`)
			say(`{"@level":"warn","@message":"drifts","@timestamp":"1999-01-01T00:00:00.000000Z","@module":"cards","plugin":"cards"}`)
			say("\u202egnp.exe\u2066 \u200b hidden")
		})
	},
	"TCP address":             func() { announce("1|1|tcp|127.0.0.1:1|grpc|Y2VydA"); waitForEver() },
	"socket elsewhere":        func() { announce("1|1|unix|/run/other.sock|grpc|Y2VydA"); waitForEver() },
	"socket through a parent": func() { announce("1|1|unix|" + socket() + "/../../../other.sock|grpc|Y2VydA"); waitForEver() },
	"abstract socket":         func() { announce("1|1|unix|@aisle-zoo|grpc|Y2VydA"); waitForEver() },
	"socket that is a link":   linked,
	"certificate of another": func() {
		w := wild{tls: func(c *tls.Config) { other, _ := certificate(nil); c.Certificates[0] = other }}
		w.serve()
	},
	"certificate for no name": func() {
		w := wild{config: func(c *x509.Certificate) { c.DNSNames = []string{"cards.example.com"} }}
		w.serve()
	},
	"asks for no certificate":    func() { w := wild{}; w.serve() },
	"wants a certificate of its": func() { w := wild{tls: strangersOnly}; w.serve() },

	"device that is not there": forged(func(w *wild) [][]byte {
		_, epoch := w.opening()
		return [][]byte{weights(4711, epoch, 1, 2, 3)}
	}),
	"epoch of the past":   forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{weights(h, e-1, 1, 2, 3)} }),
	"epoch of the future": forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{weights(h, e+1, 1, 2, 3)} }),
	"epoch of the neighbour": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		return [][]byte{weights(h+1, e+1, 1), weights(h+1, e-1, 1), weights(1, e-1, 1)}
	}),
	"numbers twice": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		return [][]byte{weights(h, e, 1, 2, 3), weights(h, e, 1, 2, 3), weights(h, e, 2, 3, 4)}
	}),
	"numbers backwards": forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{weights(h, e, 5, 4, 3, 2, 1)} }),
	"numbers left out":  forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{weights(h, e, 1, 2, 10, 11)} }),
	"number zero":       forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{weights(h, e, 0)} }),
	"last number there is": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		return [][]byte{weights(h, e, math.MaxUint64), weights(h, e, 1), weights(h, e, math.MaxUint64-1)}
	}),
	"gap that never was": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		stamps := m(f(1, []uint64{0}), f(2, []uint64{3}), f(3, []uint64{0}), f(4, []uint64{0}))
		gap := f(11, m(f(1, stamps), f(2, []uint64{math.MaxUint64}), f(3, []uint64{0}), f(4, []uint64{0}), f(5, []uint64{0})))
		return [][]byte{batch(h, e, gap)}
	}),
	"evidence of another class": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		stamps := m(f(1, []uint64{0}), f(2, []uint64{1}), f(3, []uint64{0}), f(4, []uint64{0}))
		column := f(4, m(f(1, stamps), f(2, []uint64{1}), f(3, []uint64{1}), f(4, []uint64{990_000}), f(5, []uint64{1})))
		text := f(1, m(f(1, m(f(1, h), f(2, e))), f(2, ""), f(2, "tok_of_another"), f(3, zig(time.Now().UnixMicro())), column))
		return [][]byte{text}
	}),
	"mass below nothing": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		return [][]byte{one(h, e, 1, 0, math.MinInt64)}
	}),
	"bay that is not there": forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{one(h, e, 999_999, 0, 1)} }),
	"long ago":              forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{one(h, e, 1, math.MinInt64/2, 1)} }),
	"in days to come":       forged(func(w *wild) [][]byte { h, e := w.opening(); return [][]byte{one(h, e, 1, math.MaxInt64/2, 1)} }),
	"health of others": func() {
		w := &wild{}
		w.health = func(context.Context) ([]byte, error) {
			h, e := w.opening()
			b := f(1, m(f(1, h), f(2, e), f(3, 1)))
			for n := range 1000 {
				b = append(b, f(1, m(f(1, n+2), f(2, e), f(3, 4), f(4, "the neighbour is broken")))...)
			}
			return b, nil
		}
		w.serve()
	},
	"health in no known state": func() {
		w := &wild{}
		w.health = func(context.Context) ([]byte, error) {
			h, e := w.opening()
			return f(1, m(f(1, h), f(2, e), f(3, uint64(math.MaxUint64)), f(4, "\x1b[31mpayment settled\n"))), nil
		}
		w.serve()
	},
	"lost devices of others": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		var all [][]byte
		for n := range uint64(20) {
			all = append(all, f(2, m(f(1, h+1+n), f(2, e), f(3, m(f(1, 3), f(2, "gone"))))))
		}
		return all
	}),
}

// forged is a plugin that sends such messages, and then nothing more.
func forged(what func(*wild) [][]byte) func() {
	return func() {
		w := &wild{observe: func(ctx context.Context, w *wild, send func([]byte) error) error {
			for _, b := range what(w) {
				if err := send(b); err != nil {
					return err
				}
			}
			return forEver(ctx)
		}}
		w.serve()
	}
}

// one is a message with one report of a shelf.
func one(handle, epoch, bay uint64, onset, mass int64) []byte {
	stamps := m(f(1, []uint64{0}), f(2, []uint64{1}), f(3, []uint64{zig(onset)}), f(4, []uint64{0}))
	return batch(handle, epoch, f(6, m(f(1, stamps), f(2, []uint64{bay}), f(3, []uint64{zig(mass)}), f(4, []uint64{1000}))))
}

// linked announces a socket in its directory that is a link to one of another.
func linked() {
	path := filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "link")
	if err := os.Symlink("/run/other.sock", path); err != nil {
		panic(err)
	}
	_, der := certificate(nil)
	announce(fmt.Sprintf("1|1|unix|%s|grpc|%s", path, encoded(der)))
	waitForEver()
}

// strangersOnly wants to see a certificate that nobody has.
func strangersOnly(c *tls.Config) {
	_, der := certificate(nil)
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	c.ClientCAs.AddCert(cert)
}

// constant answers the same again and again.
func constant(b []byte) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return b, nil }
}
