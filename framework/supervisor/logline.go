package supervisor

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// saying is one line of a plugin, taken apart.
type saying struct {
	level   slog.Level
	message string
	fields  []slog.Attr
}

// parseLine reads a line of log/slog's JSON handler (level, msg, time) or of
// hclog's, which the SDK writes (@level, @message, @timestamp, @module). Any
// other line is a message as it is: of a Go program that dies, an error.
func parseLine(b []byte) saying {
	if len(b) > 1 && b[0] == '{' {
		if s, ok := parseJSON(b); ok {
			return s
		}
	}
	text := string(b)
	if fatal(text) {
		return saying{level: slog.LevelError, message: text}
	}
	return saying{level: slog.LevelInfo, message: text}
}

// The beginnings of what the Go runtime says when a program dies.
const (
	panicked   = "panic: "
	fatalError = "fatal error: "
)

func fatal(text string) bool {
	return strings.HasPrefix(text, panicked) || strings.HasPrefix(text, fatalError)
}

func parseJSON(b []byte) (saying, bool) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(b, &doc); err != nil {
		return saying{}, false
	}
	message, ok := pop(doc, "@message", slog.MessageKey)
	if !ok {
		return saying{}, false
	}
	level, _ := pop(doc, "@level", slog.LevelKey)
	pop(doc, "@timestamp", slog.TimeKey) // the host's own clock counts
	pop(doc, "@module")
	s := saying{level: levelOf(level), message: message}
	for _, k := range slices.Sorted(maps.Keys(doc)) {
		if len(s.fields) == maxFields {
			break
		}
		s.fields = append(s.fields, slog.String(escape(k, maxTailLine), escape(plain(doc[k]), maxText)))
	}
	return s, true
}

// pop takes the first of the keys that is there, as text.
func pop(doc map[string]json.RawMessage, keys ...string) (string, bool) {
	for _, k := range keys {
		if v, ok := doc[k]; ok {
			delete(doc, k)
			return plain(v), true
		}
	}
	return "", false
}

// plain is a JSON string's text, or the JSON of anything else.
func plain(v json.RawMessage) string {
	if bytes.HasPrefix(v, []byte{'"'}) {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	}
	return string(v)
}

func levelOf(s string) slog.Level {
	var l slog.Level
	switch {
	case strings.EqualFold(s, "trace"):
		return slog.LevelDebug
	case l.UnmarshalText([]byte(s)) == nil:
		return l
	default:
		return slog.LevelInfo
	}
}
