package sdk

import (
	"io"
	"log/slog"
	"strings"
	"time"
)

// newHandler writes what go-plugin's host reads as structured log lines: JSON
// with hclog's names for time, level and message.
func newHandler(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug, // the host filters
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) > 0 {
				return a
			}
			switch a.Key {
			case slog.TimeKey:
				return slog.String("@timestamp", a.Value.Time().Format(hclogTime))
			case slog.LevelKey:
				level, _ := a.Value.Any().(slog.Level)
				return slog.String("@level", levelName(level))
			case slog.MessageKey:
				return slog.String("@message", a.Value.String())
			}
			if t := a.Value; t.Kind() == slog.KindTime {
				return slog.String(a.Key, t.Time().Format(time.RFC3339Nano))
			}
			return a
		},
	})
}

// hclogTime is the layout that hclog writes and go-plugin reads.
const hclogTime = "2006-01-02T15:04:05.000000Z07:00"

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warn"
	default:
		return strings.ToLower(slog.LevelError.String())
	}
}
