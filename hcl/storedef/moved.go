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
	// Via are the addresses that it had in between, oldest first: a definition
	// may be taken over that skips them.
	Via []string `json:"via,omitempty"`
}

// Applies reports whether a move is still to be made of a definition: it has
// the device under its old address. One that was made before is none. The other
// result is an address of the way that is another device's there; empty where
// none is. Such a move can't be made, for two devices would become one.
func (m Move) Applies(had func(address string) bool) (bool, string) {
	if !had(m.From) {
		return false, ""
	}
	for _, address := range append(slices.Clone(m.Via), m.To) {
		if had(address) {
			return false, address
		}
	}
	return true, ""
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
