package canonical

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type word uint8

func (w word) MarshalText() ([]byte, error) { return []byte{'w', '0' + byte(w%10)}, nil }

type amount struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

func (a amount) IsZero() bool { return a.Minor == 0 }

type inner struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64
}

type odd struct{ text string }

func (o odd) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"odd": o.text}) }

type onlyByPointer struct{ N int }

func (o *onlyByPointer) MarshalJSON() ([]byte, error) { return []byte(`"pointed"`), nil }

type tree struct {
	Name     string
	Children []tree
}

type all struct {
	Name string `json:"name"`
	inner
	Hidden  string            `json:"-"`
	secret  string            //nolint:unused // is never written
	At      time.Time         `json:"at"`
	Until   time.Time         `json:"until,omitzero"`
	Perhaps *time.Time        `json:"perhaps,omitempty"`
	Words   []word            `json:"words"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Price   amount            `json:"price,omitzero"`
	Prices  map[string]amount `json:"prices,omitempty"`
	Counts  map[string]*inner `json:"counts"`
	Deep    []*all            `json:"deep,omitempty"`
	Took    time.Duration     `json:"took,omitempty"`
	Yes     bool              `json:"yes,omitempty"`
	Share   float64           `json:"share,omitempty"`
	Any     any               `json:"any,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Odd     odd               `json:"odd"`
	By      map[int]string    `json:"by,omitempty"`
	Pair    [2]int            `json:"pair"`
}

// flat is all without itself in it, so that it is written here and not by
// encoding/json.
type flat struct {
	Name string `json:"name"`
	inner
	Hidden  string            `json:"-"`
	At      time.Time         `json:"at"`
	Until   time.Time         `json:"until,omitzero"`
	Perhaps *time.Time        `json:"perhaps,omitempty"`
	Words   []word            `json:"words"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Price   amount            `json:"price,omitzero"`
	Prices  map[string]amount `json:"prices,omitempty"`
	Counts  map[string]*inner `json:"counts"`
	List    []inner           `json:"list,omitempty"`
	Took    time.Duration     `json:"took,omitempty"`
	Yes     bool              `json:"yes,omitempty"`
	Share   float64           `json:"share,omitempty"`
	Any     any               `json:"any,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Odd     odd               `json:"odd"`
	By      map[int]string    `json:"by,omitempty"`
	Pair    [2]int            `json:"pair"`
}

func same(t interface {
	Helper()
	Fatalf(string, ...any)
}, v any,
) {
	t.Helper()
	want, wantErr := json.Marshal(v)
	got, err := Append([]byte("before"), v)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("error %v, want %v", err, wantErr)
	}
	if err == nil && string(got) != "before"+string(want) {
		t.Fatalf("got  %s\nwant before%s", got, want)
	}
}

func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		at := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		if rapid.Bool().Draw(t, "zoned") {
			return at.In(time.FixedZone("", rapid.IntRange(-50000, 50000).Draw(t, "zone")))
		}
		return at.UTC()
	})
}

func TestSameAsStandard(t *testing.T) {
	if _, ok := writerOf(reflect.TypeFor[flat]()); !ok {
		t.Fatal("a plain struct is left to encoding/json")
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,12}`))
		at := times().Draw(t, "perhaps")
		v := flat{
			Name: text.Draw(t, "name"), inner: inner{rapid.Uint64().Draw(t, "epoch"), 7}, Hidden: "hidden", At: times().Draw(t, "at"),
			Until: rapid.OneOf(rapid.Just(time.Time{}), times()).Draw(t, "until"), Perhaps: rapid.SampledFrom([]*time.Time{nil, &at}).Draw(t, "p"),
			Words: rapid.SliceOf(rapid.Map(rapid.Uint8(), func(n uint8) word { return word(n) })).Draw(t, "words"), Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
			Price:  amount{rapid.Int64().Draw(t, "minor"), text.Draw(t, "currency")},
			Prices: rapid.MapOf(text, rapid.Just(amount{1, "EUR"})).Draw(t, "prices"), Counts: rapid.MapOf(text, rapid.SampledFrom([]*inner{nil, {1, 2}})).Draw(t, "counts"),
			List: rapid.SliceOf(rapid.Just(inner{3, 4})).Draw(t, "list"), Took: time.Duration(rapid.Int64().Draw(t, "took")), Yes: rapid.Bool().Draw(t, "yes"),
			Share: rapid.Float64().Draw(t, "share"), Any: rapid.SampledFrom([]any{nil, 1, "x", inner{}, []any{1.5}}).Draw(t, "any"),
			Raw: rapid.SampledFrom([]json.RawMessage{nil, []byte(`{"a": "<" }`)}).Draw(t, "raw"), Odd: odd{text.Draw(t, "odd")},
			By: rapid.MapOf(rapid.Int(), text).Draw(t, "by"), Pair: [2]int{1, -2},
		}
		same(t, v)
		same(t, &v)
		same(t, []flat{v})
		same(t, map[string]flat{"x": v})
	})
}

func TestOddValues(t *testing.T) {
	type twice struct {
		inner
		Epoch int `json:"epoch"`
	}
	type quoted struct {
		N int `json:"n,string"`
	}
	for _, v := range []any{
		nil, 1, "a", "\u2028<\xff", []int(nil), map[string]int(nil), (*inner)(nil), json.Number("12"), all{}, &all{Deep: []*all{{}}},
		tree{"a", []tree{{"b", nil}}}, onlyByPointer{1}, &onlyByPointer{1}, struct{ P onlyByPointer }{}, &struct{ P onlyByPointer }{},
		twice{}, quoted{1}, word(3), []word{}, map[word]int{1: 2}, struct{ At any }{time.Unix(0, 0).UTC()},
		time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), make(chan int), struct{ F func() }{},
		map[string]time.Time{"z": {}, "a": time.Unix(1, 5).UTC()},
	} {
		same(t, v)
	}
}
