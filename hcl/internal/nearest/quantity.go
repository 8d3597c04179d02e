package nearest

import (
	"slices"
	"strconv"
	"strings"
)

// The units that quantities are written in, the commonest first.
var (
	MassUnits     = []string{"g", "kg", "mg", "oz", "lb"}
	DurationUnits = []string{"s", "ms", "m", "h", "us"}
)

// shortened are units as people write them out.
var shortened = map[string]string{
	"gr": "g", "gram": "g", "grams": "g", "gramme": "g", "grammes": "g", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "kgs": "kg",
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
// or the first that does where it has none, in quotes. It is "" where nothing
// near does: parses and is within what bounds there are.
func Quantity(text string, units []string, does func(string) bool) string {
	text = strings.TrimSpace(text)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	number, unit := strings.ReplaceAll(text[:end], ",", "."), strings.TrimSpace(text[end:])
	if number == "" || len(units) == 0 {
		return ""
	}
	if unit == "" {
		for _, u := range units {
			if candidate := WithUnit(number, u); does(candidate) {
				return strconv.Quote(candidate)
			}
		}
		return ""
	}
	near := To(unit, units)
	if short := shortened[strings.ToLower(unit)]; slices.Contains(units, short) {
		near = short
	}
	for _, u := range units {
		if strings.EqualFold(u, unit) {
			near = u
		}
	}
	if candidate := WithUnit(number, near); near != "" && does(candidate) {
		return strconv.Quote(candidate)
	}
	return ""
}
