package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/cobra"
)

// logFile is the host's log in a data folder.
const logFile = "host.log"

const (
	// logMost is how long a log file gets, in bytes, before it becomes the one
	// before (".1") and a new one begins: a host keeps at most twice that.
	logMost = 16 << 20
	// lateMost bounds what waits for the log's folder.
	lateMost = 1 << 20
)

// defaultLevel is the level from which on things are logged where nobody says.
const defaultLevel = "info"

// logging is the flags of commands that run a store.
type logging struct {
	to    string
	level string
}

func (l *logging) flags(c *cobra.Command) {
	c.Flags().StringVar(&l.to, "log", "", "`FILE|-`: where the host's log goes as JSON, a line each; - is stderr (default: host.log in the data folder)")
	c.Flags().StringVar(&l.level, "log-level", defaultLevel, "`LEVEL` from which on things are logged: debug, info, warn or error")
}

// open gives the log of a run, and what closes it. Wrap stands between the log
// and what it is written to.
func (l *logging) open(data string, stderr io.Writer, wrap func(io.Writer) io.Writer) (*slog.Logger, func(), error) {
	var level slog.Level
	if l.level != "" {
		if err := level.UnmarshalText([]byte(l.level)); err != nil {
			return nil, nil, fmt.Errorf("--log-level %q: debug, info, warn or error", l.level)
		}
	}
	to, done := stderr, func() {}
	switch l.to {
	case "-":
	case "":
		f := &logOf{path: filepath.Join(data, logFile), most: logMost}
		to, done = f, f.close
	default:
		f := &logOf{path: l.to, most: logMost}
		if err := f.open(); err != nil {
			return nil, nil, fmt.Errorf("--log: %w", err)
		}
		to, done = f, f.close
	}
	return slog.New(slog.NewJSONHandler(wrap(to), &slog.HandlerOptions{Level: level, ReplaceAttr: stable})), done, nil
}

// stable gives what is the same the same key, whoever logs it: an error is
// "err".
func stable(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == "error" {
		a.Key = "err"
	}
	return a
}

// logOf is a log file of bounded length in a folder that may not be there yet: a
// store that doesn't start leaves none. What is written before waits in memory.
type logOf struct {
	path string
	most int64

	mu   sync.Mutex
	wait []byte
	f    *os.File
	size int64
}

func (l *logOf) open() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, info.Size()
	return nil
}

func (l *logOf) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		if err := l.open(); errors.Is(err, fs.ErrNotExist) {
			if len(l.wait)+len(b) <= lateMost {
				l.wait = append(l.wait, b...)
			}
			return len(b), nil
		} else if err != nil {
			return 0, err
		}
		if _, err := l.f.Write(l.wait); err != nil {
			return 0, err
		}
		l.size, l.wait = l.size+int64(len(l.wait)), nil
	}
	if l.size > 0 && l.size+int64(len(b)) > l.most {
		if err := l.turn(); err != nil {
			return 0, err
		}
	}
	n, err := l.f.Write(b)
	l.size += int64(n)
	return n, err
}

// turn makes the file the one before and begins a new one.
func (l *logOf) turn() error {
	if err := l.f.Close(); err != nil {
		return err
	}
	l.f = nil
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		return err
	}
	return l.open()
}

func (l *logOf) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		_ = l.f.Close() // a log; there is nobody left to tell
	}
}
