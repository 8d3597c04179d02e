package storedef

import (
	"slices"
	"strings"
)

// Move says that a device has another address than before, and is the same
// device: its levels, its counts and its history go with it.
type Move struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// ClassOf returns the class that a device's address names, such as
// ClassGate of `gate.north`, `gate.lane["3"]` or `module.front.gate.north`;
// empty where it names none.
func ClassOf(address string) Class {
	rest := address
	for {
		after, ok := strings.CutPrefix(rest, "module.")
		if !ok {
			break
		}
		if rest = step(after); rest == "" {
			return ""
		}
	}
	kind, name, _ := strings.Cut(rest, ".")
	if c := Class(kind); name != "" && slices.Contains(Classes(), c) {
		return c
	}
	return ""
}

// step returns what follows the dot behind a name, which may have a key in
// quotes behind it.
func step(s string) string {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '.' && !quoted:
			return s[i+1:]
		}
	}
	return ""
}
