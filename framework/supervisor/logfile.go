package supervisor

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// LogSize is how many bytes of output are stored of one plugin: half of
	// them in NAME.log, the older half in NAME.log.1.
	LogSize = 16 << 20
	// logRetry is how long nothing is stored after a file could not be written.
	logRetry = 10 * time.Second
	// maxLogName is how many bytes of a plugin's name are in its file's.
	maxLogName = 64
)

// errNowhere: the folder that the log's folder is to be in is not there, or not
// yet. A store that does not even start leaves nothing behind.
var errNowhere = errors.New("there is no folder to store logs in")

// logFiles are the stored logs of all plugins. A plugin that is restarted or
// upgraded goes on in the same file, and two of its processes may share it.
type logFiles struct {
	dir string // empty to store nothing
	now func() time.Time
	// through is what a record passes on its way to the file; nil for nothing.
	through func(io.Writer) io.Writer

	mu     sync.Mutex
	byName map[string]*logFile
}

// of returns what stores the records of a plugin, or nil if none are.
func (l *logFiles) of(plugin string) slog.Handler {
	if l.dir == "" {
		return nil
	}
	name := logName(plugin)
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.byName[name]
	if f == nil {
		if l.byName == nil {
			l.byName = map[string]*logFile{}
		}
		f = &logFile{path: filepath.Join(l.dir, name), now: l.now, half: LogSize / 2}
		l.byName[name] = f
	}
	var to io.Writer = f
	if l.through != nil {
		to = l.through(f)
	}
	return slog.NewJSONHandler(to, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// close closes the files. One that is written to later is opened again.
// path is where a plugin's output is stored; empty where it is not.
func (l *logFiles) path(plugin string) string {
	if l.dir == "" {
		return ""
	}
	return filepath.Join(l.dir, logName(plugin))
}

func (l *logFiles) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all error
	for _, f := range l.byName {
		f.mu.Lock()
		all = errors.Join(all, f.shut())
		f.mu.Unlock()
	}
	return all
}

// logName is the file of a plugin: a name that can't lead elsewhere, and that no
// other plugin's name becomes.
func logName(plugin string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, plugin[:min(len(plugin), maxLogName)])
	if safe != plugin || plugin == "" {
		h := fnv.New64a()
		_, _ = h.Write([]byte(plugin)) // never fails
		safe = fmt.Sprintf("%s-%016x", safe, h.Sum64())
	}
	return safe + ".log"
}

// logFile is one stored log.
type logFile struct {
	path string
	now  func() time.Time
	half int64 // bytes of one of the two files

	mu   sync.Mutex
	f    *os.File
	size int64
	err  error // the last one; until then nothing is tried again
	then time.Time
}

// Write appends one record.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil && l.now().Before(l.then) {
		return 0, l.err
	}
	l.err = l.append(p)
	if errors.Is(l.err, errNowhere) {
		l.err = nil
		return len(p), nil
	}
	if l.err != nil {
		l.then = l.now().Add(logRetry)
		l.err = errors.Join(l.err, l.shut())
		return 0, l.err
	}
	return len(p), nil
}

func (l *logFile) append(p []byte) error {
	if l.f == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	if l.size > 0 && l.size+int64(len(p)) > l.half {
		if err := l.rotate(); err != nil {
			return err
		}
	}
	n, err := l.f.Write(p)
	l.size += int64(n)
	return err
}

func (l *logFile) open() error {
	if err := os.Mkdir(filepath.Dir(l.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		if errors.Is(err, fs.ErrNotExist) {
			return errNowhere
		}
		return err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	i, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.f, l.size = f, i.Size()
	return nil
}

// rotate begins a new file. One that can't be moved away is emptied: the bound
// holds in any case.
func (l *logFile) rotate() error {
	if err := os.Rename(l.path, l.path+".1"); err != nil {
		l.size = 0
		return l.f.Truncate(0)
	}
	if err := l.shut(); err != nil {
		return err
	}
	return l.open()
}

func (l *logFile) shut() error {
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f, l.size = nil, 0
	return err
}
