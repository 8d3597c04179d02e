package lsp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReadMessage(t *testing.T) {
	good := func(s string) string { return s }
	for _, c := range []struct{ in, want string }{
		{"Content-Length: 2\r\n\r\n{}", good("{}")},
		{"content-length:2\nContent-Type: x\n\n{}", "{}"},
		{"Content-Length: 0\r\n\r\n", ""},
	} {
		b, err := readMessage(bufio.NewReader(strings.NewReader(c.in)))
		if err != nil || string(b) != c.want {
			t.Errorf("%q: %q, %v", c.in, b, err)
		}
	}
	for _, in := range []string{
		"Content-Length: -1\r\n\r\n", "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 67108865\r\n\r\n", "Content-Length: x\r\n\r\n",
		"\r\n{}", "hello\r\n\r\n", strings.Repeat("a", maxHeader+1),
	} {
		if _, err := readMessage(bufio.NewReader(strings.NewReader(in))); !errors.Is(err, errFrame) {
			t.Errorf("%.40q: %v", in, err)
		}
	}
	// A length that is promised and doesn't come takes no memory.
	if _, err := readMessage(bufio.NewReader(strings.NewReader("Content-Length: 67108864\r\n\r\n{}"))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := readMessage(bufio.NewReader(strings.NewReader(""))); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestPositions(t *testing.T) {
	src := []byte("a\nüé😀x\n")
	for at, want := range map[int]position{0: {0, 0}, 2: {1, 0}, 4: {1, 1}, 6: {1, 2}, 10: {1, 4}, 11: {1, 5}, 12: {2, 0}} {
		if got := positionOf(src, at); got != want || offset(src, want) != at {
			t.Errorf("%d: %v, back %d", at, got, offset(src, want))
		}
	}
	if offset(src, position{1, 99}) != 11 || offset(src, position{99, 0}) != 12 || offset(src, position{-1, -1}) != 0 || offset(src, position{1, 3}) != 6 {
		t.Error("positions outside the text")
	}
	for _, p := range []string{"/shop/a b.hcl", "/sh#op/ä.hcl"} {
		if path(uriOf(p)) != p {
			t.Error(p, uriOf(p), path(uriOf(p)))
		}
	}
	for _, uri := range []string{"untitled:1", "http://x/y", "%", "file://"} {
		if path(uri) != "" {
			t.Error(uri, path(uri))
		}
	}
}

// FuzzServe feeds the server whatever comes: it ends, with or without an error,
// and what it writes are messages.
func FuzzServe(f *testing.F) {
	frame := func(bodies ...string) []byte {
		var b bytes.Buffer
		for _, x := range bodies {
			_ = writeMessage(&b, []byte(x))
		}
		return b.Bytes()
	}
	init := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`
	open := `{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///nowhere/at/all/a.hcl","text":"gate \"x\" {\n zone = zone.\n}"}}}`
	at := func(method string) string {
		return `{"jsonrpc":"2.0","id":2,"method":"textDocument/` + method + `","params":{"textDocument":{"uri":"file:///nowhere/at/all/a.hcl"},"position":{"line":1,"character":13},"newName":"y"}}`
	}
	f.Add(frame(init, open, at("completion"), at("hover"), at("definition"), at("rename"), at("formatting"), at("documentSymbol")))
	f.Add(frame(init, open, `{"method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///nowhere/at/all/a.hcl"},"contentChanges":[{"range":{"start":{"line":9,"character":-1},"end":{"line":0,"character":0}},"text":"{"}]}}`, `{"id":3,"method":"shutdown"}`, `{"method":"exit"}`))
	f.Add(frame(`[]`, `null`, `{"id":{}}`, `{"id":1,"method":"shutdown"}`, "\x00"))
	f.Add([]byte("Content-Length: 5\r\n\r\n{}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			return
		}
		var out bytes.Buffer
		_ = Serve(context.Background(), bytes.NewReader(in), &out, nil) // an error is an answer
		r := bufio.NewReader(&out)
		for {
			if _, err := readMessage(r); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				return
			}
		}
	})
}
