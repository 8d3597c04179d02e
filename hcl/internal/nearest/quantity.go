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
