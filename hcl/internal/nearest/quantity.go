package nearest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The units that quantities are written in, the commonest first.
var (
	MassUnits     = []string{"g", "kg", "mg", "oz", "lb"}
	DurationUnits = []string{"s", "ms", "m", "h", "us"}
)

// Durations gives the units of durations, first the one in which d is a whole
// number: where nothing is left of a unit, it is probably that of the default.
func Durations(d time.Duration) []string {
	first := ""
	switch {
	case d <= 0:
		return DurationUnits
	case d%time.Hour == 0:
		first = "h"
	case d%time.Minute == 0:
		first = "m"
	case d%time.Second == 0:
		first = "s"
	default:
		first = "ms"
	}
	return append([]string{first}, slices.DeleteFunc(slices.Clone(DurationUnits), func(u string) bool { return u == first })...)
}

// shortened are units as people write them out.
var shortened = map[string]string{
	"k": "kg", "gr": "g", "gram": "g", "grams": "g", "gramme": "g", "grammes": "g", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "kgs": "kg",
	"milligram": "mg", "milligrams": "mg", "ounce": "oz", "ounces": "oz", "pound": "lb", "pounds": "lb", "lbs": "lb",
	"sec": "s", "secs": "s", "second": "s", "seconds": "s", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
	"min": "m", "mins": "m", "minute": "m", "minutes": "m", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"percent": "%", "pct": "%", "€": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "£": "GBP",
}

// WithUnit writes a number with its unit as the documentation does.
func WithUnit(number, unit string) string {
	switch unit {
	case "%", "s", "ms", "us", "m", "h":
		return number + unit
	}
	return number + " " + unit
}

// Quantity gives text with the nearest of the units in place of the one it has,
// in quotes, or with the first that does where it has none, or one of a letter
// that is near to nothing. It is "" where nothing near does: parses and is within
// what bounds there are.
func Quantity(text string, units []string, does func(string) bool) string {
	text = strings.TrimSpace(text)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	number, unit := strings.ReplaceAll(text[:end], ",", "."), strings.TrimSpace(text[end:])
	if number == "" || len(units) == 0 {
		return ""
	}
	for _, candidate := range near(number, unit, units) {
		if does(candidate) {
			return strconv.Quote(candidate)
		}
	}
	return ""
}

// near gives what a number with a wrong unit may have been meant to be, the
// likeliest first.
func near(number, unit string, units []string) []string {
	var out []string
	if days, err := strconv.Atoi(number); err == nil && unit == "d" && days < 10_000 && slices.Contains(units, "h") {
		out = append(out, WithUnit(strconv.Itoa(24*days), "h"))
	}
	for _, u := range units {
		if strings.EqualFold(u, unit) {
			out = append(out, WithUnit(number, u))
		}
	}
	if short := shortened[strings.ToLower(unit)]; slices.Contains(units, short) {
		out = append(out, WithUnit(number, short))
	} else if u := To(unit, units); len(unit) > 1 && u != "" {
		out = append(out, WithUnit(number, u))
	}
	if len(unit) <= 1 {
		for _, u := range units {
			out = append(out, WithUnit(number, u))
		}
	}
	return out
}
