package lsp

import (
	"bytes"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Positions of the protocol count lines from 0, and in a line the units of
// UTF-16 that the text would take; here everything is bytes.

// offset gives the byte of a position. What lies behind a line's end is its end.
func offset(src []byte, p position) int {
	at := 0
	for range max(p.Line, 0) {
		next := bytes.IndexByte(src[at:], '\n')
		if next < 0 {
			return len(src)
		}
		at += next + 1
	}
	for units := 0; at < len(src) && src[at] != '\n' && units < p.Character; {
		r, size := utf8.DecodeRune(src[at:])
		if units += unitsOf(r); units > p.Character {
			break
		}
		at += size
	}
	return at
}

// positionOf gives the position of a byte.
func positionOf(src []byte, at int) position {
	at = min(max(at, 0), len(src))
	begin := bytes.LastIndexByte(src[:at], '\n') + 1
	p := position{Line: bytes.Count(src[:begin], []byte("\n"))}
	for i := begin; i < at; {
		r, size := utf8.DecodeRune(src[i:])
		p.Character += unitsOf(r)
		i += size
	}
	return p
}

func spanOf(src []byte, from, to int) span {
	return span{positionOf(src, from), positionOf(src, max(from, to))}
}

func unitsOf(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// path gives the file that a URI names; "" where it names none.
func path(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return ""
	}
	p := u.Path
	if len(p) > 2 && p[0] == '/' && p[2] == ':' { // /C:/shop
		p = p[1:]
	}
	return filepath.Clean(filepath.FromSlash(p))
}

// uriOf gives the URI of a file.
func uriOf(path string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}
