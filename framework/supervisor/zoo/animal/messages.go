//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"math"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
)

func encoded(der []byte) string { return base64.RawStdEncoding.EncodeToString(der) }

// messages are those whose messages are too large, too many, or none.
var messages = map[string]func(){
	"describes itself at length": func() { w := wild{describe: constant(f(1, strings.Repeat("x", 5<<20)))}; w.serve() },
	"a million drivers": func() {
		w := wild{describe: constant(m(description(), []byte(strings.Repeat(string(f(4, []byte{})), 1_000_000))))}
		w.serve()
	},
	"schema without a floor": func() {
		block := []byte{}
		for range 4_900 { // as deep as protobuf lets it be
			block = f(2, m(f(1, "b"), f(2, block)))
		}
		w := wild{describe: constant(m(f(1, "zoo/x"), f(2, "1.0.0"), f(3, 1), f(4, m(f(1, "shelf"), f(2, "shelf"), f(4, block)))))}
		w.serve()
	},
	"schema of everything": func() {
		var attributes []byte
		for range 200_000 {
			attributes = append(attributes, f(1, m(f(1, "a"), f(2, 1)))...)
		}
		w := wild{describe: constant(m(f(1, "zoo/x"), f(2, "1.0.0"), f(3, 1), f(4, m(f(1, "shelf"), f(2, "shelf"), f(4, attributes)))))}
		w.serve()
	},
	"describes itself in noise": func() { w := wild{describe: constant([]byte(noise(3000)))}; w.serve() },
	"name that is no text":      func() { w := wild{describe: constant(m(f(1, "\xff\xfe\xfd"), f(2, "1"), f(3, 1)))}; w.serve() },
	"evidence in noise":         forged(func(*wild) [][]byte { return [][]byte{f(1, []byte(noise(3000)))} }),
	"columns of unequal length": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		stamps := m(f(1, []uint64{0}), f(2, []uint64{1, 2, 3}), f(3, []uint64{0}), f(4, []uint64{0}))
		return [][]byte{batch(h, e, f(6, m(f(1, stamps), f(2, []uint64{1}))))}
	}),
	"source that is not there": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		stamps := m(f(1, []uint64{77}), f(2, []uint64{1}), f(3, []uint64{0}), f(4, []uint64{0}))
		return [][]byte{batch(h, e, f(6, m(f(1, stamps), f(2, []uint64{1}), f(3, []uint64{2}), f(4, []uint64{3}))))}
	}),
	"text that is not there": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		stamps := m(f(1, []uint64{0}), f(2, []uint64{1}), f(3, []uint64{0}), f(4, []uint64{0}))
		return [][]byte{batch(h, e, f(5, m(f(1, stamps), f(2, []uint64{math.MaxUint32}), f(3, []uint64{1}), f(4, []uint64{0}))))}
	}),
	"a million reports at once": forged(func(w *wild) [][]byte {
		h, e := w.opening()
		seqs := make([]uint64, 400_000)
		for i := range seqs {
			seqs[i] = uint64(i + 1) //nolint:gosec // small
		}
		return [][]byte{weights(h, e, seqs...)}
	}),
	"message over the limit": forged(func(*wild) [][]byte { return [][]byte{f(1, f(2, strings.Repeat("x", 5<<20)))} }),
	"message of a gigabyte, it says": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) { _ = c.WriteData(stream, false, []byte{0, 0x40, 0, 0, 0, 1, 2, 3}) })
	},
	"messages without content": func() {
		w := wild{observe: func(ctx context.Context, _ *wild, send func([]byte) error) error {
			for range 100_000 {
				if err := send(nil); err != nil {
					return err
				}
			}
			return forEver(ctx)
		}}
		w.serve()
	},
	"squeezed message": func() {
		w := wild{describe: func(ctx context.Context) ([]byte, error) {
			if err := grpc.SetSendCompressor(ctx, "gzip"); err != nil {
				say("%v", err)
			}
			return f(1, strings.Repeat("x", 64<<20)), nil
		}}
		w.serve()
	},
	"frames of one byte": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) {
			body := m(description(), f(99, strings.Repeat("x", 20_000)))
			for _, b := range append([]byte{0, 0, 0, byte(len(body) >> 8), byte(len(body))}, body...) { //nolint:gosec // small
				if c.WriteData(stream, false, []byte{b}) != nil {
					return
				}
			}
			c.end(stream)
		})
	},
	"frames that trickle": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) {
			_ = c.WriteData(stream, false, []byte{0, 0, 0, 255, 0}) // the length of what comes
			for c.WriteData(stream, false, []byte{0}) == nil {
				time.Sleep(50 * time.Millisecond)
			}
		})
	},
	"empty frames without end": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) {
			for end := time.Now().Add(2 * floodFor); time.Now().Before(end); {
				if c.WriteData(stream, false, nil) != nil {
					return
				}
			}
		})
	},
	"settings without end": func() {
		w := wild{}
		w.frames(func(c *conn, _ uint32) {
			for end := time.Now().Add(2 * floodFor); time.Now().Before(end); {
				if c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}) != nil {
					return
				}
			}
		})
	},
	"pings without end": func() {
		w := wild{}
		w.frames(func(c *conn, _ uint32) {
			for end := time.Now().Add(2 * floodFor); time.Now().Before(end); {
				if c.WritePing(false, [8]byte{1}) != nil {
					return
				}
			}
		})
	},
	"headers of a megabyte": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) {
			c.fields(stream, true, "grpc-status", "0", "x", strings.Repeat("y", 1<<20))
		})
	},
	"goes away again and again": func() {
		w := wild{}
		w.frames(func(c *conn, _ uint32) { _ = c.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte("calm")); c.Close() })
	},
	"resets every stream": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) { _ = c.WriteRSTStream(stream, http2.ErrCodeInternal) })
	},
	"frames of noise": func() {
		w := wild{}
		w.frames(func(c *conn, _ uint32) { _, _ = c.Write([]byte(noise(100_000))) })
	},
	"answers in HTML": func() {
		w := wild{}
		w.frames(func(c *conn, stream uint32) {
			c.plain(stream, ":status", "200", "content-type", "text/html")
			_ = c.WriteData(stream, true, []byte("<h1>It works</h1>"))
		})
	},
}

// conn is one connection of a server that speaks HTTP/2 frame by frame.
type conn struct {
	net.Conn
	*http2.Framer
}

// frames serves frame by frame: does answers each Describe.
func (w *wild) frames(does func(*conn, uint32)) {
	lis, conf := w.listen("s")
	acceptAll(tls.NewListener(lis, conf), func(raw net.Conn) {
		preface := make([]byte, len(http2.ClientPreface))
		if _, err := io.ReadFull(raw, preface); err != nil {
			return
		}
		c := &conn{raw, http2.NewFramer(raw, raw)}
		c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		if c.WriteSettings() != nil {
			return
		}
		c.loop(does)
	})
}

func (c *conn) loop(does func(*conn, uint32)) {
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() && c.WriteSettingsAck() != nil {
				return
			}
		case *http2.PingFrame:
			if !frame.IsAck() && c.WritePing(true, frame.Data) != nil {
				return
			}
		case *http2.MetaHeadersFrame:
			if frame.PseudoValue("path") == "/aisle.plugin.v1.Plugin/Describe" {
				if name != "answers in HTML" && name != "headers of a megabyte" {
					c.plain(frame.StreamID, ":status", "200", "content-type", "application/grpc")
				}
				does(c, frame.StreamID)
			} else {
				c.plain(frame.StreamID, ":status", "200", "content-type", "application/grpc")
			}
		}
	}
}

// plain sends headers that open a stream's answer, end those that close it.
func (c *conn) plain(stream uint32, kv ...string) { c.fields(stream, false, kv...) }
func (c *conn) end(stream uint32)                 { c.fields(stream, true, "grpc-status", "0") }

func (c *conn) fields(stream uint32, end bool, kv ...string) {
	var block strings.Builder
	e := hpack.NewEncoder(&block)
	for i := 0; i+1 < len(kv); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: kv[i], Value: kv[i+1]}) // a builder never fails
	}
	b := []byte(block.String())
	first := b[:min(len(b), 16<<10)]
	b = b[len(first):]
	if c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndHeaders: len(b) == 0, EndStream: end}) != nil {
		return
	}
	for len(b) > 0 {
		part := b[:min(len(b), 16<<10)]
		b = b[len(part):]
		if c.WriteContinuation(stream, len(b) == 0, part) != nil {
			return
		}
	}
}
