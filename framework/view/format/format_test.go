package format

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/money"
)

func TestMoney(t *testing.T) {
	for want, a := range map[string]money.Amount{
		"€5.40":                      money.New(540, "EUR"),
		"-€0.05":                     money.New(-5, "EUR"),
		"€0.00":                      money.New(0, "EUR"),
		"€1,234,567.89":              money.New(123456789, "EUR"),
		"€92,233,720,368,547,758.07": money.New(math.MaxInt64, "EUR"),
		"¥180":                       money.New(180, "JPY"),
		"KWD\u00a01.250":             money.New(1250, "KWD"),
		`7 minor units of "HRK"`:     money.New(7, "HRK"),
		`0 minor units of ""`:        {},
	} {
		if got := Money(a); got != want {
			t.Errorf("Money(%v) = %q, want %q", a, got, want)
		}
	}
}

// TestMoneyKeepsDecimals: CLDR shows some currencies with fewer decimals than
// ISO 4217 has; a receipt must not round.
func TestMoneyKeepsDecimals(t *testing.T) {
	for _, c := range money.Currencies() {
		digits := func(s string) string {
			return strings.TrimLeft(strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, s), "0")
		}
		if got := Money(money.New(1234501, c)); digits(got) != "1234501" {
			t.Errorf("%s: %q", c, got)
		}
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 7, 21, 23, 30, 5, 0, time.UTC)
	lisbon := Zone("Europe/Lisbon")
	for want, got := range map[string]string{
		"00:30:05":                  Clock(at, lisbon),
		"00:30":                     Minute(at, lisbon),
		"Wednesday 22 July 2026":    Day(at, lisbon),
		"2026-07-22T00:30:05+01:00": Machine(at, lisbon),
		"23:30:05":                  Clock(at, Zone("Nowhere/Nothing")),
		"":                          Clock(time.Time{}, lisbon),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if Zone("Local") != time.UTC {
		t.Error("the machine's own zone is no store's")
	}
}
