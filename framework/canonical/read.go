package canonical

import (
	"encoding/json"
	"errors"
	"reflect"
)

// errOdd says that encoding/json is to say what a text is.
var errOdd = errors.New("not of the plain form")

// Decode reads one JSON value into what p points to, as json.Unmarshal does into
// what it finds empty: structs, maps and what pointers point to are added to,
// slices are made anew. The error is encoding/json's, and p's value is of no use
// then.
func Decode(b []byte, p any) error {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return json.Unmarshal(b, p)
	}
	read, ok := readerOf(v.Type().Elem())
	if !ok {
		return json.Unmarshal(b, p)
	}
	t := text{b: b}
	if len(b) >= large {
		t.lately = new([256]string)
	}
	t.space()
	if err := read(&t, v.Elem()); err != nil {
		return json.Unmarshal(b, p)
	}
	if t.space(); t.at != len(b) {
		return json.Unmarshal(b, p)
	}
	return nil
}

// End gives where the JSON value ends that b begins with. It goes by brackets and
// quotes alone: whether the value is one shows when it is decoded.
func End(b []byte) (int, bool) {
	t := text{b: b}
	err := t.skip()
	return t.at, err == nil
}

// text is a text that is read, up to a place in it.
type text struct {
	b  []byte
	at int
	// lately are short texts that were met, for most come again; nil where so few
	// come that it does not pay.
	lately *[256]string
}

const (
	// longest is the longest text that is kept for when it comes again.
	longest = 32
	// large is a value in which texts come again.
	large = 64 << 10
)

func (t *text) space() {
	for t.at < len(t.b) {
		switch t.b[t.at] {
		case ' ', '\t', '\n', '\r':
			t.at++
		default:
			return
		}
	}
}

// next is the byte that comes; 0 at the end.
func (t *text) next() byte {
	if t.at < len(t.b) {
		return t.b[t.at]
	}
	return 0
}

// take passes a byte, and the space after it, if it comes.
func (t *text) take(c byte) bool {
	if t.next() != c {
		return false
	}
	t.at++
	t.space()
	return true
}

// null passes the word if it comes.
func (t *text) null() bool {
	if t.next() != 'n' || len(t.b)-t.at < 4 || string(t.b[t.at:t.at+4]) != "null" {
		return false
	}
	t.at += 4
	return true
}

// plain reads a text in quotes that has nothing escaped and only ASCII in it; ok
// is false, and nothing is passed, where it is another.
func (t *text) plain() (s []byte, ok bool) {
	if t.next() != '"' {
		return nil, false
	}
	for i := t.at + 1; i < len(t.b); i++ {
		switch c := t.b[i]; {
		case c == '"':
			s = t.b[t.at+1 : i]
			t.at = i + 1
			return s, true
		case c < ' ' || c > '~' || c == '\\':
			return nil, false
		}
	}
	return nil, false
}

// quoted reads a text in quotes.
func (t *text) quoted() (string, error) {
	if s, ok := t.plain(); ok {
		return t.kept(s), nil
	}
	if t.next() != '"' {
		return "", errOdd
	}
	from := t.at
	if err := t.skip(); err != nil {
		return "", err
	}
	var s string
	if json.Unmarshal(t.b[from:t.at], &s) != nil {
		return "", errOdd
	}
	return s, nil
}

// kept is a text of its own.
func (t *text) kept(s []byte) string {
	n := len(s)
	if t.lately == nil || n == 0 || n > longest {
		return string(s)
	}
	at := &t.lately[(int(s[n-1])*31+int(s[n/2])*7+int(s[0])+n)%len(t.lately)]
	if *at != string(s) {
		*at = string(s)
	}
	return *at
}

// skip passes a value by its brackets and quotes.
func (t *text) skip() error {
	depth := 0
	for ; t.at < len(t.b); t.at++ {
		switch t.b[t.at] {
		case '"':
			if !t.skipQuoted() {
				return errOdd
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return errOdd
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return errOdd
			}
			continue
		default:
			t.skipWord()
		}
		if depth == 0 {
			t.at++
			return nil
		}
	}
	return errOdd
}

// skipQuoted passes a text up to the quote that ends it.
func (t *text) skipQuoted() bool {
	for t.at++; t.at < len(t.b); t.at++ {
		switch t.b[t.at] {
		case '"':
			return true
		case '\\':
			t.at++
		}
	}
	return false
}

// skipWord passes a number or a word up to its last byte.
func (t *text) skipWord() {
	for ; t.at+1 < len(t.b); t.at++ {
		switch t.b[t.at+1] {
		case ',', ':', ' ', '\t', '\n', '\r', '}', ']', '{', '[', '"':
			return
		}
	}
}

// integer reads a whole number of at most 18 digits. Nothing is passed where
// another comes.
func (t *text) integer() (n int64, ok bool) {
	i := t.at
	minus := i < len(t.b) && t.b[i] == '-'
	if minus {
		i++
	}
	from := i
	for ; i < len(t.b) && '0' <= t.b[i] && t.b[i] <= '9'; i++ {
		n = n*10 + int64(t.b[i]-'0')
		if i-from >= 18 {
			return 0, false
		}
	}
	if i == from || i-from > 1 && t.b[from] == '0' {
		return 0, false
	}
	if i < len(t.b) {
		switch t.b[i] {
		case '.', 'e', 'E':
			return 0, false
		}
	}
	t.at = i
	if minus {
		return -n, true
	}
	return n, true
}
