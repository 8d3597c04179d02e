package canonical

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func (w *word) UnmarshalText(b []byte) error {
	if len(b) != 2 || b[0] != 'w' {
		return errOdd
	}
	*w = word(b[1] - '0')
	return nil
}

type name string

// back is what is read here and not by encoding/json.
type back struct {
	Name string `json:"name"`
	inner
	Hidden  string            `json:"-"`
	At      time.Time         `json:"at"`
	Perhaps *time.Time        `json:"perhaps,omitempty"`
	Words   []word            `json:"words"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Price   amount            `json:"price,omitzero"`
	Prices  map[name]amount   `json:"prices,omitempty"`
	Counts  map[string]*inner `json:"counts"`
	List    []inner           `json:"list,omitempty"`
	Lists   [][]int8          `json:"lists"`
	Took    time.Duration     `json:"took,omitempty"`
	Small   uint8             `json:"small"`
	Yes     bool              `json:"yes,omitempty"`
	Share   float64           `json:"share,omitempty"`
	Any     any               `json:"any,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Pair    [2]int            `json:"pair"`
}

// written are times that can be.
func written() *rapid.Generator[time.Time] {
	return rapid.Map(times(), func(t time.Time) time.Time {
		if _, err := t.MarshalJSON(); err != nil {
			return time.Time{}
		}
		return t
	})
}

func drawBack(t *rapid.T) back {
	text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,12}`))
	at := written().Draw(t, "perhaps")
	return back{
		Name: text.Draw(t, "name"), inner: inner{rapid.Uint64().Draw(t, "epoch"), 7}, At: written().Draw(t, "at"),
		Perhaps: rapid.SampledFrom([]*time.Time{nil, &at}).Draw(t, "p"),
		Words:   rapid.SliceOf(rapid.Map(rapid.Uint8(), func(n uint8) word { return word(n % 10) })).Draw(t, "words"),
		Bytes:   rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"), Price: amount{rapid.Int64().Draw(t, "minor"), text.Draw(t, "currency")},
		Prices: rapid.MapOf(rapid.Map(text, func(s string) name { return name(s) }), rapid.Just(amount{1, "EUR"})).Draw(t, "prices"),
		Counts: rapid.MapOf(text, rapid.SampledFrom([]*inner{nil, {1, 2}})).Draw(t, "counts"),
		List:   rapid.SliceOf(rapid.Just(inner{3, 4})).Draw(t, "list"), Lists: rapid.SliceOf(rapid.SliceOf(rapid.Int8())).Draw(t, "lists"),
		Took: time.Duration(rapid.Int64().Draw(t, "took")), Small: rapid.Uint8().Draw(t, "small"), Yes: rapid.Bool().Draw(t, "yes"),
		Share: rapid.Float64().Draw(t, "share"), Any: rapid.SampledFrom([]any{nil, 1, "x", []any{1.5}}).Draw(t, "any"),
		Raw: rapid.SampledFrom([]json.RawMessage{nil, []byte(`{"a":"<" }`)}).Draw(t, "raw"), Pair: [2]int{1, -2},
	}
}

// bothWays holds Decode against encoding/json: the same value, or an error both.
func bothWays(t interface {
	Helper()
	Fatalf(string, ...any)
}, b []byte, got, want any,
) {
	t.Helper()
	gotErr, wantErr := Decode(b, got), json.Unmarshal(b, want)
	if (gotErr == nil) != (wantErr == nil) {
		t.Fatalf("%s: error %v, want %v", b, gotErr, wantErr)
	}
	if gotErr == nil && !reflect.DeepEqual(got, want) {
		t.Fatalf("%s:\ngot  %+v\nwant %+v", b, got, want)
	}
}

func TestReadsWhatIsWritten(t *testing.T) {
	if _, ok := readerOf(reflect.TypeFor[back]()); !ok {
		t.Fatal("a plain struct is left to encoding/json")
	}
	rapid.Check(t, func(t *rapid.T) {
		b, err := json.Marshal(drawBack(t))
		if err != nil {
			t.Fatal(err)
		}
		bothWays(t, b, &back{}, &back{})
		spaced, err := json.MarshalIndent(json.RawMessage(b), " ", "\t")
		if err != nil {
			t.Fatal(err)
		}
		bothWays(t, spaced, &back{}, &back{})
		if end, ok := End(append(b, ",1"...)); !ok || end != len(b) {
			t.Fatalf("%s: ends at %d, want %d", b, end, len(b))
		}
	})
}

// TestRefusesWhatTheStandardRefuses reads texts with a few bytes of another kind
// in them.
func TestRefusesWhatTheStandardRefuses(t *testing.T) {
	odd := rapid.SampledFrom([]string{"", "x", "0", "-", "1.5", "1e3", "null", "true", "fals", `"`, `\`, `\u00e9`, "{", "}", "[", "]", ",", ":", " ", "\n", "\x01", "\xff", "é",
		`"Name":"b"`, `"other":{"a":[1,"]"]},`, "00", "9999999999999999999", "256", "-0", "{}", "[]", "[1,]", `{"":1}`, `{"a":1}`})
	rapid.Check(t, func(t *rapid.T) {
		b, err := json.Marshal(drawBack(t))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 2).Draw(t, "changes") {
			from := rapid.IntRange(0, len(b)).Draw(t, "from")
			to := min(len(b), from+rapid.IntRange(0, 4).Draw(t, "gone"))
			b = append(append(append([]byte{}, b[:from]...), odd.Draw(t, "odd")...), b[to:]...)
		}
		bothWays(t, b, &back{}, &back{})
	})
}

func TestOddTargets(t *testing.T) {
	type quoted struct {
		N int `json:"n,string"`
	}
	type fresh func() any
	for _, c := range []struct {
		text string
		into fresh
	}{
		{`{"n":"5"}`, func() any { return &quoted{} }},
		{`{"Name":"a","Children":[{"Name":"b","Children":null}]}`, func() any { return &tree{} }},
		{`{"name":"a","deep":[{"name":"b"}]}`, func() any { return &all{} }},
		{`{"w1":1,"w2":2}`, func() any { return &map[word]int{} }},
		{`{"a":1}`, func() any { m := map[string]int{"b": 2}; return &m }},
		{`[1,2]`, func() any { l := []int{5, 6, 7}; return &l }},
		{`{"epoch":1}`, func() any { return &struct{ *inner }{} }},
		{`null`, func() any { p := &inner{1, 2}; return &p }},
		{`{"Seq":3}`, func() any { p := &inner{1, 2}; return &p }},
		{`{"EPOCH":3,"extra":[1]}`, func() any { return &inner{} }},
		{`{"epoch":1,"epoch":2}`, func() any { return &inner{} }},
		{`{"epoch":-0}`, func() any { return &inner{} }},
		{`{"epoch":18446744073709551615}`, func() any { return &inner{} }},
		{`300`, func() any { return new(uint8) }},
		{`-129`, func() any { return new(int8) }},
		{`"w1"`, func() any { return new(word) }},
		{`"v1"`, func() any { return new(word) }},
		{`1 2`, func() any { return new(int) }},
		{` 1 `, func() any { return new(int) }},
		{``, func() any { return new(int) }},
		{`"2026-01-05T25:00:00Z"`, func() any { return new(time.Time) }},
		{`"2026-01-05T08:00:00.5+02:00"`, func() any { return new(time.Time) }},
		{`5`, func() any { return new(time.Time) }},
		{`5`, func() any { return inner{} }},
		{`5`, func() any { return (*int)(nil) }},
	} {
		bothWays(t, []byte(c.text), c.into(), c.into())
	}
}
