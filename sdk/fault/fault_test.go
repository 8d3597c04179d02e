package fault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestCodeOf(t *testing.T) {
	declined := New(Refused, "declined")
	for name, c := range map[string]struct {
		err  error
		want Code
	}{
		"nil":                      {nil, None},
		"plain":                    {io.EOF, Unknown},
		"deadline":                 {context.DeadlineExceeded, Unknown},
		"cancelled":                {fmt.Errorf("capture: %w", context.Canceled), Unknown},
		"coded":                    {declined, Refused},
		"wrapped by fmt":           {fmt.Errorf("capture: %w", declined), Refused},
		"joined":                   {errors.Join(io.EOF, declined), Refused},
		"wrapped under another":    {Wrap(Unavailable, "capture", declined), Unavailable},
		"during keeps":             {During("capture", declined), Refused},
		"during plain":             {During("capture", io.EOF), Unknown},
		"at keeps":                 {At("addr", New(Invalid, "no port")), Invalid},
		"errorf with cause":        {Errorf(Internal, "panic: %w", declined), Internal},
		"no code, coded cause":     {&Error{Err: declined}, Refused},
		"no code, no cause":        {&Error{Message: "x"}, Unknown},
		"later version's code":     {&Error{Code: 7}, Unknown},
		"coded deadline":           {Wrap(Unavailable, "dial", context.DeadlineExceeded), Unavailable},
		"typed nil":                {(*Error)(nil), Unknown},
		"no code over a typed nil": {&Error{Err: (*Error)(nil)}, Unknown},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%s: CodeOf = %v, want %v", name, got, c.want)
		}
	}
}

func TestPathOf(t *testing.T) {
	at := At("antenna[2].power", New(Invalid, "too high"))
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nil":       {nil, ""},
		"plain":     {io.EOF, ""},
		"no path":   {New(Invalid, "x"), ""},
		"direct":    {at, "antenna[2].power"},
		"under op":  {During("open", fmt.Errorf("reader: %w", at)), "antenna[2].power"},
		"outermost": {At("addr", at), "addr"},
		"typed nil": {(*Error)(nil), ""},
	} {
		if got := PathOf(c.err); got != c.want {
			t.Errorf("%s: PathOf = %q, want %q", name, got, c.want)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&Error{Code: Invalid, Op: "open gate.north", Path: "addr", Message: "no port", Err: io.EOF}, "open gate.north: addr: no port: EOF"},
		{New(Refused, "declined"), "declined"},
		{Errorf(Refused, "declined %d times", 2), "declined 2 times"},
		{Errorf(Refused, "declined: %w", io.EOF), "declined: EOF"},
		{Wrap(Unavailable, "dial", io.EOF), "dial: EOF"},
		{&Error{Code: Internal}, "internal"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("Error() = %q, want %q", got, c.want)
		}
	}
}

func TestCausesStay(t *testing.T) {
	for name, err := range map[string]error{
		"Wrap":                   Wrap(Unavailable, "dial", io.EOF),
		"During":                 During("dial", io.EOF),
		"At":                     At("addr", io.EOF),
		"Errorf":                 Errorf(Invalid, "%w", io.EOF),
		"Errorf with two causes": Errorf(Invalid, "%w and %w", io.ErrUnexpectedEOF, io.EOF),
	} {
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s lost its cause", name)
		}
	}
	if Wrap(Internal, "x", nil) != nil || During("x", nil) != nil || At("x", nil) != nil {
		t.Error("wrapping nil made an error")
	}
}

func TestCodeWords(t *testing.T) {
	for number, word := range []string{"none", "invalid", "refused", "unavailable", "unknown", "unsupported", "internal"} {
		c := Code(number)
		if c.String() != word {
			t.Errorf("Code(%d) = %q, want %q: the numbers are on the wire", number, c, word)
		}
		if parsed, err := ParseCode(word); parsed != c || err != nil {
			t.Errorf("ParseCode(%q) = %v, %v", word, parsed, err)
		}
		if c.Valid() != (c != None) {
			t.Errorf("%v.Valid() = %v", c, c.Valid())
		}
		text, err := json.Marshal(c)
		if err != nil || string(text) != `"`+word+`"` {
			t.Errorf("JSON of %v = %s, %v", c, text, err)
		}
		var back Code
		if err := json.Unmarshal(text, &back); err != nil || back != c {
			t.Errorf("JSON %s = %v, %v", text, back, err)
		}
	}
	if len(Codes()) != int(Internal) {
		t.Errorf("Codes() gives %d codes", len(Codes()))
	}
}

func TestLaterVersionIsUnknown(t *testing.T) {
	for _, word := range []string{"exhausted", "", "Refused", "code(9)"} {
		c, err := ParseCode(word)
		if c != Unknown || err == nil {
			t.Errorf("ParseCode(%q) = %v, %v; want unknown and an error", word, c, err)
		}
		c = Refused
		if err := c.UnmarshalText([]byte(word)); err != nil || c != Unknown {
			t.Errorf("UnmarshalText(%q) = %v, %v; want unknown", word, c, err)
		}
	}
	if text, err := Code(9).MarshalText(); string(text) != "unknown" || err != nil {
		t.Errorf("Code(9) is written as %q, %v", text, err)
	}
	if Code(9).String() != "code(9)" || Code(9).Valid() || Code(9).NothingHappened() {
		t.Error("Code(9) passes for a code")
	}
}

// TestNothingHappened guards the promise settlement rests on: a lost answer never counts as a no.
func TestNothingHappened(t *testing.T) {
	for _, c := range Codes() {
		if want := c != Unknown && c != Internal; c.NothingHappened() != want {
			t.Errorf("%v.NothingHappened() = %v, want %v", c, !want, want)
		}
	}
	if None.NothingHappened() {
		t.Error("None.NothingHappened() = true: a deed without error did happen")
	}
}
