package hostbench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/zoo"
)

// childArg is the first argument of a process that is a host to be measured,
// killed or stopped from outside.
const childArg = "bench-host-child"

// order is what such a host is to do.
type order struct {
	// Does is a name in children.
	Does    string
	Go      string
	Python  string
	Dir     string
	Token   string
	Animal  string
	Seconds int
	Turns   int
	Deaf    time.Duration
}

// Child runs as a host of its own where the arguments say so, and reports
// whether they did. A program that runs the benchmark calls it before all else.
func Child(args []string) bool {
	if len(args) != 2 || args[0] != childArg {
		return false
	}
	var o order
	err := json.Unmarshal([]byte(args[1]), &o)
	if err == nil {
		does, ok := children[o.Does]
		if !ok {
			err = fmt.Errorf("no such deed: %q", o.Does)
		} else {
			err = does(context.Background(), o, os.Stdout)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return true
}

// children are what a host of its own can do. Each prints one object a line.
var children = map[string]func(context.Context, order, io.Writer) error{
	"fork":   forkChild,
	"memory": memoryChild,
	"flood":  floodChild,
	"stream": streamChild,
	"deaf":   deafChild,
}

func (o order) programs() zoo.Programs { return zoo.Known(o.Go, o.Python) }

// child starts this very program as a host of its own.
func (b *bench) child(ctx context.Context, o order) (*exec.Cmd, io.ReadCloser, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	o.Go, o.Python = b.programs.Go, b.programs.Python
	// Sockets are below it, and their paths must be short.
	if o.Dir, err = os.MkdirTemp("", "hc"); err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	b.dirs = append(b.dirs, o.Dir)
	b.mu.Unlock()
	text, err := json.Marshal(o)
	if err != nil {
		return nil, nil, err
	}
	c := exec.CommandContext(ctx, self, childArg, string(text)) //nolint:gosec // itself
	c.Stderr = os.Stderr
	c.Dir = filepath.Dir(o.Dir)
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return c, out, c.Start()
}

// tells runs a child to its end and reads what it told.
func (b *bench) tells(ctx context.Context, o order, v any) error {
	c, out, err := b.child(ctx, o)
	if err != nil {
		return err
	}
	err = json.NewDecoder(out).Decode(v)
	_, _ = io.Copy(io.Discard, out) // to its end
	if e := c.Wait(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("a host of its own, %s: %w", o.Does, err)
	}
	return nil
}
