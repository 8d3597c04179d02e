package engine

import (
	"encoding/json"
	"testing"

	"github.com/openaisle/aisle/framework/event"
)

// TestSaleIsWrittenAsAnyOther: the short cut past its payment changes no byte.
func TestSaleIsWrittenAsAnyOther(t *testing.T) {
	for _, s := range []event.Sale{
		{Session: "a", Moves: 3, Payment: json.RawMessage(`{"holds":[{"key":"k"}],"last":null}`)},
		{Session: "null}", Payment: json.RawMessage(`null`)},
		{Session: "\u00e9<", Payment: json.RawMessage(`{}`)},
		{},
	} {
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := encodeSale(&s); err != nil || string(got) != string(want) {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
}
