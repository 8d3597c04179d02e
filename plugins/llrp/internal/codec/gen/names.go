package main

import "strings"

// goTypes are the field types of the definition in Go, and widths their bits where those are fixed.
var goTypes = map[string]string{
	"u1": "bool", "u2": "uint8", "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64", "s8": "int8", "s16": "int16",
	"u96": "[12]byte", "u1v": "Bits", "u8v": "[]byte", "u16v": "[]uint16", "u32v": "[]uint32", "utf8v": "string", "bytesToEnd": "[]byte",
}

var widths = map[string]int{"u1": 1, "u2": 2, "u8": 8, "u16": 16, "u32": 32, "u64": 64, "s8": 8, "s16": 16, "u96": 96}

// words are those of message names that are no plain words.
var words = map[string]string{
	"RO": "RO", "ROSPEC": "ROSpec", "ROSPECS": "ROSpecs", "ACCESSSPEC": "AccessSpec", "ACCESSSPECS": "AccessSpecs",
}

// messageName makes GetROSpecs of GET_ROSPECS.
func messageName(s string) string {
	var b strings.Builder
	for _, w := range strings.Split(s, "_") {
		if name, ok := words[w]; ok {
			b.WriteString(name)
			continue
		}
		b.WriteString(w[:1] + strings.ToLower(w[1:]))
	}
	return b.String()
}

// name drops the underlines of a parameter, field or entry.
func name(s string) string {
	var b strings.Builder
	for _, w := range strings.Split(s, "_") {
		if w != "" {
			b.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return b.String()
}
