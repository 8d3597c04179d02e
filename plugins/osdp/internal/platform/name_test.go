package platform

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
)

func TestNames(t *testing.T) {
	mine, err := newNames("sixteen letters!")
	if err != nil {
		t.Fatal(err)
	}
	other, _ := newNames("sixteen letters?")
	rapid.Check(t, func(t *rapid.T) {
		c := osdp.Card{Bits: rapid.IntRange(1, 1<<16-1).Draw(t, "bits"), Data: rapid.SliceOfN(rapid.Byte(), 1, maxName).Draw(t, "data")}
		token := mine.token(c)
		if back, ok := mine.open(token); !ok || back.Bits != c.Bits || !bytes.Equal(back.Data, c.Data) {
			t.Fatalf("%+v comes back as %+v, %t", c, back, ok)
		}
		if token != mine.token(c) || token == other.token(c) {
			t.Fatal("a token is not the same for the same, or the same for another store")
		}
		if _, ok := other.open(token); ok {
			t.Fatal("another store opens it")
		}
		at := rapid.IntRange(len(palmPrefix), len(token)-1).Draw(t, "at")
		with := rapid.SampledFrom(strings.Split(strings.ReplaceAll("0123456789abcdefx", token[at:at+1], ""), "")).Draw(t, "with")
		if _, ok := mine.open(token[:at] + with + token[at+1:]); ok {
			t.Fatal("a token that was changed is opened")
		}
	})
	for _, s := range []string{"", "palm_", "badge_00", "palm_00", "palm_" + strings.Repeat("0", 34)} {
		if _, ok := mine.open(s); ok {
			t.Errorf("%q is opened", s)
		}
	}
}
