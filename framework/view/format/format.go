// Package format writes money and times for people: money as CLDR's English
// does, times on the clock of the store.
//
// It is the edge: nothing that is kept or decided comes through here. Package
// web, httpapi and term call it.
package format

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // a store's time zone is known on every machine

	"github.com/bojanz/currency"

	"github.com/openaisle/aisle/sdk/money"
)

// english writes money as CLDR's locale en does. A Formatter is not changed by
// use once it is made.
var english = sync.OnceValue(func() *currency.Formatter {
	f := currency.NewFormatter(currency.NewLocale("en"))
	f.MaxDigits = 6
	return f
})

// Money writes "€5.40", "¥180" or "KWD 1.250", with all the currency's
// decimals. An amount of a currency that CLDR does not know is written as
// money.Amount does.
func Money(a money.Amount) string {
	if !a.Currency.Valid() {
		return a.String()
	}
	x, err := currency.NewAmount(a.Decimal(), string(a.Currency))
	if err != nil {
		return a.String()
	}
	return english().Format(x)
}

// Zone gives the location of an IANA name; UTC where there is none.
func Zone(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return time.UTC
	}
	return l
}

// Clock writes "12:03:11"; nothing for the zero time.
func Clock(t time.Time, in *time.Location) string { return layout(t, in, "15:04:05") }

// Minute writes "12:03"; nothing for the zero time.
func Minute(t time.Time, in *time.Location) string { return layout(t, in, "15:04") }

// Day writes "Saturday 21 November 2026"; nothing for the zero time.
func Day(t time.Time, in *time.Location) string { return layout(t, in, "Monday 2 January 2006") }

// Machine writes the time for a datetime attribute, with the zone's offset.
func Machine(t time.Time, in *time.Location) string { return layout(t, in, time.RFC3339) }

func layout(t time.Time, in *time.Location, l string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(in).Format(l)
}

// Count writes "1 item" or "3 items".
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
