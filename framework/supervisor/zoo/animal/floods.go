//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// floods are those that say too much. Each ends after a while, so that nothing
// but the host's own limits keeps it from being heard.
var floods = map[string]func(){
	"floods standard error": func() { beside(func() { pour(os.Stderr, strings.Repeat("flood ", 1000)+"\n") }) },
	"floods standard output": func() {
		w := wild{open: func(context.Context, uint64, uint64) ([]byte, error) {
			go pour(os.Stdout, strings.Repeat("flood ", 1000)+"\n")
			return m(f(1, "wild")), nil
		}}
		w.serve()
	},
	"floods before the handshake": func() { // more than the burst that is kept
		for range 300 {
			say("%s", strings.Repeat("early ", 1000))
		}
		serve(habits{})
	},
	"floods the log": func() {
		beside(func() {
			pour(os.Stderr, `{"@level":"error","@message":"`+strings.Repeat("x", 200)+`","@timestamp":"2026-01-01T00:00:00.000000Z","a":1,"b":{"c":[1,2,3]}}`+"\n")
		})
	},
	"a line without end":   func() { beside(func() { pour(os.Stderr, strings.Repeat("endless", 1000)) }) },
	"lines without bytes":  func() { beside(func() { pour(os.Stderr, strings.Repeat("\n", 8000)) }) },
	"noise on the log":     func() { beside(func() { pour(os.Stderr, noise(8000)) }) },
	"deep JSON on the log": func() { beside(func() { say("%s%s", strings.Repeat(`{"a":[`, 5000), strings.Repeat("]}", 5000)) }) },
	"many fields on a line": func() {
		beside(func() {
			var b bytes.Buffer
			for n := range 700 {
				fmt.Fprintf(&b, `,"field_%d":"%d"`, n, n)
			}
			say(`{"level":"INFO","msg":"wide"%s}`, b.String())
		})
	},
	"floods evidence": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			for range 200_000 {
				d.emit()
			}
			return forEver(ctx)
		}})
	},
	"floods evidence without the SDK": func() {
		w := wild{observe: func(ctx context.Context, w *wild, send func([]byte) error) error {
			handle, epoch := w.opening()
			seq := uint64(0)
			for range 1000 {
				seqs := make([]uint64, 256)
				for i := range seqs {
					seq++
					seqs[i] = seq
				}
				if err := send(weights(handle, epoch, seqs...)); err != nil {
					return err
				}
			}
			return forEver(ctx)
		}}
		w.serve()
	},
}

// floodFor is how long a flood lasts at the least, and floodSize how much it is.
const (
	floodFor  = time.Second
	floodSize = 8 << 20
)

func pour(to *os.File, chunk string) {
	size := 0
	for end := time.Now().Add(floodFor); size < floodSize || time.Now().Before(end); size += len(chunk) {
		if _, err := to.WriteString(chunk); err != nil {
			return
		}
	}
	say("end of the flood")
}

func noise(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.IntN(256))
	}
	return string(b)
}

// beside does something beside a well-behaved device.
func beside(what func()) {
	serve(habits{run: func(ctx context.Context, d device) error {
		go what()
		d.run = nil
		return d.live(ctx, d.emit)
	}})
}
