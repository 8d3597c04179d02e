package event

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// slowly reads a record as encoding/json does, whatever its layout.
func slowly(body []byte) (s sealed, err error) {
	err = json.Unmarshal(body, &s)
	return s, err
}

// TestOpenedAsTheStandard holds every kind of record, whole and cut and with bytes
// of others in it, against encoding/json: what is read without it is what it reads.
func TestOpenedAsTheStandard(t *testing.T) {
	for _, r := range samples(t) {
		body, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := plain(body); !ok {
			t.Fatalf("left to encoding/json: %s", body)
		}
		whole, err := DecodeRecord(body)
		if err != nil {
			t.Fatal(err)
		}
		facts, err := DecodeFacts(body)
		if err != nil || !reflect.DeepEqual(facts, whole.Facts) {
			t.Fatalf("facts alone: %v, %v\nwant %v", facts, err, whole.Facts)
		}
		for n := 0; n < len(body); n += 7 {
			for _, odd := range []string{"", " ", ",", "}", "]", `"`, `{"kind":"noted","value":{}}`} {
				b := append(append(bytes.Clone(body[:n]), odd...), body[min(n+len(odd)%2, len(body)):]...)
				if !json.Valid(b) {
					continue // its values are refused when they are decoded
				}
				got, err := opened(b)
				want, wantErr := slowly(b)
				if len(got.Facts)+len(want.Facts) == 0 {
					got.Facts, want.Facts = nil, nil
				}
				if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
					t.Fatalf("%s:\ngot  %+v, %v\nwant %+v, %v", b, got, err, want, wantErr)
				}
			}
		}
	}
}

func TestOpenedRefuses(t *testing.T) {
	for _, body := range []string{
		``, `{}x`, `{"input":{"kind":"time","value":{}},"facts":[`, `{"input":{"kind":"time","value":{}},"facts":[,]}`,
		`{"input":{"kind":"time","value":{}},"facts":[{"kind":"noted","value":{}}{"kind":"noted","value":{}}]}`,
		`{"input":{"kind":"time","value":{}},"facts":[{"kind":"noted","value":{}},]}`,
		`{"input":{"kind":"time","value":{}},"facts":[{"kind":"noted","value":{"device":}}]}`,
		`{"input":{"kind":"time","value":{}},"facts":[{"kind":"none","value":{}}]}`,
	} {
		if facts, err := DecodeFacts([]byte(body)); err == nil {
			t.Errorf("%s: read as %v", body, facts)
		}
	}
}
