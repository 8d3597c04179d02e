package badge_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
)

// card is one of a string of zeros and ones.
func card(bits string) (c badge.Card) {
	for _, b := range bits {
		c.Append(int(b - '0'))
	}
	return c
}

// The published cards give their numbers, and the numbers give the cards.
func TestPublished(t *testing.T) {
	data := os.Getenv("AISLE_DATA")
	if data == "" {
		t.Skip("AISLE_DATA is not set: no published cards")
	}
	b, err := os.ReadFile(filepath.Join(data, "vectors", "wiegand", "h10301.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Bits           string
		Facility, Card uint64
	}
	if err := json.Unmarshal(b, &all); err != nil || len(all) == 0 {
		t.Fatalf("%d cards, %v", len(all), err)
	}
	f, _ := badge.FormatOf("wiegand26")
	for _, v := range all {
		want := badge.Numbers{Facility: v.Facility, Card: v.Card}
		if n, err := f.Read(card(v.Bits)); err != nil || n != want {
			t.Errorf("%s: %+v, %v", v.Bits, n, err)
		}
		if c, ok := f.Write(want); !ok || c.Text() != card(v.Bits).Text() {
			t.Errorf("%+v is written as %s, want %s", want, c.Text(), card(v.Bits).Text())
		}
	}
	t.Logf("%d of %d published cards exact both ways", len(all), len(all))
}

// Cards of each format worked out by hand: all data bits zero, all one, and one bit at
// either end of each field.
func TestFormats(t *testing.T) {
	for _, c := range []struct {
		format, bits   string
		facility, card uint64
	}{
		{"wiegand26", "0" + strings.Repeat("0", 24) + "1", 0, 0},
		{"wiegand26", "0" + strings.Repeat("1", 24) + "1", 255, 65535},
		{"wiegand26", "1" + "10000000" + "0000000000000001" + "0", 128, 1},
		{"wiegand34", "0" + strings.Repeat("0", 32) + "1", 0, 0},
		{"wiegand34", "1" + "0000000000000001" + "1000000000000000" + "0", 1, 32768},
		{"wiegand37", "0" + strings.Repeat("1", 35) + "1", 65535, 524287},
		// The card number's highest two bits count for the first half, too, and
		// the second of them for the second half as well.
		{"wiegand37", "1" + "0000000000000000" + "0100000000000000000" + "0", 0, 1 << 17},
		{"wiegand37", "1" + "0000000000000000" + "1000000000000000000" + "1", 0, 1 << 18},
		{"wiegand37_card", "1" + "1" + strings.Repeat("0", 34) + "1", 0, 1 << 34},
		{"wiegand37_card", "0" + strings.Repeat("1", 35) + "1", 0, 1<<35 - 1},
	} {
		f, ok := badge.FormatOf(c.format)
		if !ok {
			t.Fatal(c.format)
		}
		want := badge.Numbers{Facility: c.facility, Card: c.card}
		if n, err := f.Read(card(c.bits)); err != nil || n != want {
			t.Errorf("%s %s: %+v, %v", c.format, c.bits, n, err)
		}
		if made, ok := f.Write(want); !ok || made.Text() != card(c.bits).Text() {
			t.Errorf("%s %+v is written as %s", c.format, want, made.Text())
		}
	}
	if f, ok := badge.FormatWith(37); !ok || f.Name != "wiegand37" || !f.HasFacility() {
		t.Errorf("37 bits are %+v", f)
	}
	if _, ok := badge.FormatWith(32); ok {
		t.Error("32 bits have a format")
	}
	f, _ := badge.FormatOf("wiegand26")
	if _, ok := f.Write(badge.Numbers{Facility: 256}); ok {
		t.Error("a facility of 9 bits fits into 8")
	}
}

// Any single bit that is turned around is found, and so is a bit too few or too many.
func TestDamage(t *testing.T) {
	for _, name := range []string{"wiegand26", "wiegand34", "wiegand37", "wiegand37_card"} {
		f, _ := badge.FormatOf(name)
		good, _ := f.Write(badge.Numbers{Card: 40961})
		for n := range good.Bits {
			bad := badge.Card{Bits: good.Bits, Data: append([]byte(nil), good.Data...)}
			bad.Data[n/8] ^= 0x80 >> (n % 8)
			if _, err := f.Read(bad); !errors.Is(err, badge.ErrParity) {
				t.Errorf("%s with bit %d turned: %v", name, n, err)
			}
		}
		for _, bits := range []int{0, f.Bits - 1, f.Bits + 1} {
			if _, err := f.Read(badge.Card{Bits: bits, Data: make([]byte, 8)}); !errors.Is(err, badge.ErrLength) {
				t.Errorf("%s of %d bits: %v", name, bits, err)
			}
		}
	}
}

func TestCardIsBounded(t *testing.T) {
	var c badge.Card
	for range badge.MaxBits {
		if !c.Append(1) {
			t.Fatal("no room")
		}
	}
	if c.Append(1) || c.Bits != badge.MaxBits || c.Bit(badge.MaxBits) != 0 || c.Bit(-1) != 0 {
		t.Errorf("%d bits", c.Bits)
	}
}

func TestTokens(t *testing.T) {
	if _, err := badge.NewTokens("badge_", "fifteen letters"); fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != "token_key" {
		t.Errorf("a short key: %v", err)
	}
	a, err := badge.NewTokens("badge_", "sixteen letters!")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := badge.NewTokens("badge_", "sixteen letters?")
	// HMAC-SHA-256 of "26:225127c0" under the key, by openssl dgst -sha256 -hmac.
	const want = "badge_882bef795d0a12a90bb1b38e41800b2c"
	c := card("00100010010100010010011111")
	if got := a.Of(c.Text()); got != want {
		t.Errorf("%s is %s", c.Text(), got)
	}
	if a.Of(c.Text()) == b.Of(c.Text()) {
		t.Error("two stores have one token")
	}
}

func TestHeld(t *testing.T) {
	var h badge.Held
	at := time.Unix(0, 0)
	for i, c := range []struct {
		token string
		after time.Duration
		again bool
	}{{"a", 0, false}, {"a", 999 * time.Millisecond, true}, {"a", 999 * time.Millisecond, true}, {"a", time.Second, false}, {"b", 0, false}, {"a", 0, false}} {
		at = at.Add(c.after)
		if got := h.Again(c.token, at, time.Second); got != c.again {
			t.Errorf("step %d: %v", i, got)
		}
	}
}
