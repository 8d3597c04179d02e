package sdk

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"sync"
)

// diversion keeps the host's own channels away from vendor code: standard
// output carries go-plugin's handshake, and a stray print would break the
// start.
type diversion struct {
	log    *os.File // the host's standard error
	prints *os.File // where vendor prints go
	reader *os.File
	once   sync.Once
}

// maxPrint bounds one printed line in the log, in bytes.
const maxPrint = 16 << 10

// divert sets standard output aside. Until go-plugin has printed the handshake
// line, os.Stdout is still the host's; the descriptor of that number, which C
// code and child processes write to, is a pipe to the log from now on.
func divert() (*diversion, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	host, err := moveStdout(w)
	if err != nil {
		return nil, err
	}
	d := &diversion{log: os.Stderr, prints: w, reader: r}
	os.Stdout = host
	return d, nil
}

// restore puts vendor prints back on the way to the log, after go-plugin put
// its own pipes in place, which block once nobody reads them.
func (d *diversion) restore() {
	d.once.Do(func() { os.Stdout, os.Stderr = d.prints, d.log })
}

// copy logs printed lines until the process ends. It reads on after a line that
// is too long, for a full pipe would block whoever prints.
func (d *diversion) copy(log *slog.Logger) {
	lines := bufio.NewReaderSize(d.reader, maxPrint)
	for {
		line, long, err := lines.ReadLine()
		if err != nil {
			return
		}
		if len(line) > 0 {
			log.Info(string(line), "stream", "stdout", "cut", long)
		}
	}
}
