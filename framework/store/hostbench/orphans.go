package hostbench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/zoo"
)

// orphansWithin is when nothing may be left of a host that was killed.
const orphansWithin = time.Second

// orphansAtOnce is how many hosts there are at a time: most of a trial is
// waiting for the animal to make its children.
const orphansAtOnce = 4

// forking are the animals that make children which outlive them if they can.
var forking = []string{"child in a session of its own", "tree of children", "daemon that holds the pipes", "child stopped in a session", "children without end", "won't end"}

// orphans counts the processes that are left of hosts that were killed.
func (b *bench) orphans(ctx context.Context) error {
	if err := b.kept.part("orphans", b.From, b.Trials); err != nil {
		return err
	}
	if err := several(ctx, b.Trials, orphansAtOnce, func(n int) error { return b.orphan(ctx, b.From+n) }); err != nil {
		return err
	}
	n := len(b.kept.Series["orphans"])
	b.emit(Row{Key: "orphans", Name: "processes 1 s after the host was killed", Value: b.kept.Sums["orphans left"], Unit: "processes", Of: n})
	b.emit(Row{Key: "orphans", Name: "host killed to its last process gone, worst", Value: b.kept.quantile("orphans", 1), Unit: "ms", Limit: float64(orphansWithin / time.Millisecond), Of: n})
	return nil
}

// orphan kills one host and waits until all that it had is gone.
func (b *bench) orphan(ctx context.Context, n int) error {
	token := fmt.Sprintf("orphan-%d-%d-", os.Getpid(), n) // an end, or that of 1 were in that of 10
	animal := forking[n%len(forking)]
	c, out, err := b.child(ctx, order{Does: "fork", Token: token, Animal: animal})
	if err != nil {
		return err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		_ = c.Process.Kill()
		_ = c.Wait()
		return fmt.Errorf("a host with %s did not start: %w", animal, err)
	}
	if tokens(token) < 2 {
		return fmt.Errorf("a host with %s has no processes: nothing can be left of it", animal)
	}
	at := time.Now()
	if err := c.Process.Kill(); err != nil {
		return err
	}
	_ = c.Wait() // it was killed
	left := tokens(token)
	for left > 0 && time.Since(at) < orphansWithin {
		if !pause(ctx, 2*time.Millisecond) {
			return ctx.Err()
		}
		left = tokens(token)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept.add("orphans", float64(time.Since(at))/1e6)
	b.kept.count("orphans left", float64(left))
	return nil
}

// forkChild is a host with one animal that makes children.
func forkChild(ctx context.Context, o order, w io.Writer) error {
	sup := supervisor.New(&supervisor.Options{RunDir: o.Dir, Log: slog.New(slog.DiscardHandler)})
	in, err := sup.Start(ctx, o.programs().Spec(zoo.Animal{Name: o.Animal}, "zoo", o.Token))
	if err != nil {
		return err
	}
	misbehave(ctx, in)
	fmt.Fprintln(w, "ready")
	<-in.Done() // until it is killed
	return nil
}

// tokens counts the processes that have a word among their arguments, this one
// and its children of the same program aside.
func tokens(token string) (n int) {
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range list {
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(token)) {
			n++
		}
	}
	return n
}
