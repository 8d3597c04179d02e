package wire

import (
	"errors"
	"testing"
)

// outbox is one whose messages are kept as text.
func outbox(ripe func(parts int) int) (o *Outbox, sent *[]string) {
	sent = new([]string)
	return &Outbox{Ripe: ripe, Send: func(b Bytes) error {
		*sent = append(*sent, string(b))
		return nil
	}}, sent
}

func part(s string) func([]byte) []byte { return func(b []byte) []byte { return append(b, s...) } }

func TestOutbox(t *testing.T) {
	busy := false
	for name, c := range map[string]struct {
		do   func(t *testing.T, o *Outbox)
		want []string
	}{
		"alone":    {func(_ *testing.T, o *Outbox) { _ = o.Put(false, part("a")); _ = o.Put(false, part("b")) }, []string{"a", "b"}},
		"add":      {func(_ *testing.T, o *Outbox) { _ = o.Add(part("a")); _ = o.Add(part("b")) }, nil},
		"flush":    {func(_ *testing.T, o *Outbox) { _ = o.Add(part("a")); _ = o.Add(part("b")); o.Flush(); o.Flush() }, []string{"ab"}},
		"with put": {func(_ *testing.T, o *Outbox) { _ = o.Add(part("a")); _ = o.Put(false, part("b")) }, []string{"ab"}},
		"held": {func(_ *testing.T, o *Outbox) {
			busy = true
			_ = o.Put(true, part("a"))
			o.Push()
		}, nil},
		"released": {func(_ *testing.T, o *Outbox) {
			busy = true
			_ = o.Put(true, part("a"))
			busy = false
			o.Push()
		}, []string{"a"}},
		"urgent": {func(_ *testing.T, o *Outbox) {
			busy = true
			_ = o.Put(true, part("a"))
			_ = o.Put(false, part("b"))
		}, []string{"ab"}},
		"in two": {func(_ *testing.T, o *Outbox) {
			for _, s := range []string{"a", "b", "c"} {
				_ = o.Add(part(s))
			}
			o.Push()
		}, []string{"ab", "c"}},
		"gathered": {func(t *testing.T, o *Outbox) {
			err := o.Gather(func() error {
				return errors.Join(o.Put(false, part("a")), o.Put(true, part("b")), errors.New("oops"))
			})
			if err == nil || err.Error() != "oops" {
				t.Errorf("%v", err)
			}
		}, []string{"ab"}},
	} {
		t.Run(name, func(t *testing.T) {
			busy = false
			o, sent := outbox(func(parts int) int {
				if busy {
					return 0
				}
				return min(parts, 2)
			})
			c.do(t, o)
			if len(*sent) != len(c.want) {
				t.Fatalf("sent %q, want %q", *sent, c.want)
			}
			for i := range c.want {
				if (*sent)[i] != c.want[i] {
					t.Errorf("sent %q, want %q", *sent, c.want)
				}
			}
		})
	}
}

// What a message takes is sent in as many as it takes.
func TestOutboxSplits(t *testing.T) {
	o, sent := outbox(nil)
	some := string(make([]byte, fullCommandMessage/2-1))
	for range 5 {
		_ = o.Add(part(some))
	}
	o.Flush()
	if len(*sent) != 3 || len((*sent)[0]) != 2*len(some) || len((*sent)[2]) != len(some) {
		t.Errorf("%d messages", len(*sent))
	}
}

func TestSingle(t *testing.T) {
	one := AppendResponse(nil, 7, []byte("yes"))
	for _, c := range []struct {
		message []byte
		want    bool
	}{{nil, true}, {one, true}, {AppendResponse(one, 8, nil), false}, {one[:len(one)-1], true}, {[]byte{0xff}, true}} {
		if got := Single(c.message); got != c.want {
			t.Errorf("%x: %t", c.message, got)
		}
	}
}
