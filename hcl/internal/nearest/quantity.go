package nearest

import (
	"strconv"
	"strings"
)

// The units that quantities are written in, the commonest first.
var (
	MassUnits     = []string{"g", "kg", "mg", "oz", "lb"}
	DurationUnits = []string{"s", "ms", "m", "h", "us"}
)

// WithUnit writes a number with its unit as the documentation does.
func WithUnit(number, unit string) string {
	switch unit {
	case "%", "s", "ms", "us", "m", "h":
		return number + unit
	}
	return number + " " + unit
}

// Quantity gives text with the nearest of the units in place of the one it has
// or hasn't, in quotes, or "" where nothing near parses.
func Quantity(text string, units []string, parses func(string) bool) string {
	text = strings.TrimSpace(text)
	end := strings.LastIndexAny(text, "0123456789.") + 1
	number, unit := strings.ReplaceAll(text[:end], ",", "."), strings.TrimSpace(text[end:])
	if number == "" || len(units) == 0 {
		return ""
	}
	near := To(unit, units)
	if unit == "" {
		near = units[0]
	}
	for _, u := range units {
		if strings.EqualFold(u, unit) {
			near = u
		}
	}
	if candidate := WithUnit(number, near); near != "" && parses(candidate) {
		return strconv.Quote(candidate)
	}
	return ""
}
