package hostbench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
	"time"
)

// counts are what became of the reports of a stream.
type counts struct {
	Reports, Lost, Missing uint64
	// Last is the number of the last one: all others are among the reports or
	// stated as lost.
	Last uint64
	// Wrong are the places where numbers don't add up.
	Wrong int
}

// loss measures what is lost where the journal takes nothing for a while, where
// the host is stopped, and whether what is beyond the spool is accounted for.
func (b *bench) loss(ctx context.Context) error {
	var stalled, stopped, beyond counts
	if err := b.tells(ctx, order{Does: "stream", Animal: "1ms", Seconds: b.stall(), Token: "stall"}, &stalled); err != nil {
		return err
	}
	if err := b.stoppedHost(ctx, &stopped); err != nil {
		return err
	}
	// At full rate 64 MiB of spool are over in seconds.
	if err := b.tells(ctx, order{Does: "stream", Animal: "1us", Seconds: b.stall(), Token: "stall"}, &beyond); err != nil {
		return err
	}
	note := func(c counts) string { return fmt.Sprintf("%d reports", c.Reports) }
	b.emit(Row{Key: "loss", Name: fmt.Sprintf("lost: journal stalled %d s at 1,000/s", b.stall()), Value: float64(stalled.Lost + stalled.Missing), Unit: "events", Of: 1, Note: note(stalled)})
	b.emit(Row{Key: "loss", Name: fmt.Sprintf("lost: host stopped %d s at 1,000/s", b.stall()), Value: float64(stopped.Lost + stopped.Missing), Unit: "events", Of: 1, Note: note(stopped)})
	b.emit(Row{Key: "loss", Name: "beyond the spool: events unaccounted for", Value: float64(beyond.Last) - float64(beyond.Reports) - float64(beyond.Lost), Unit: "events", Of: 1,
		Note: fmt.Sprintf("%d reports, %d stated as lost", beyond.Reports, beyond.Lost)})
	return nil
}

// stall is for how many seconds the journal and the host stand.
func (b *bench) stall() int { return int(b.Stall / time.Second) }

// stoppedHost stops a host of its own in the middle of its stream.
func (b *bench) stoppedHost(ctx context.Context, v *counts) error {
	c, out, err := b.child(ctx, order{Does: "stream", Animal: "1ms", Seconds: 2, Token: "run"})
	if err != nil {
		return err
	}
	d := json.NewDecoder(out)
	var ready string
	err = d.Decode(&ready)
	if err == nil {
		err = c.Process.Signal(syscall.SIGSTOP)
		pause(ctx, b.Stall)
		if e := c.Process.Signal(syscall.SIGCONT); err == nil {
			err = e
		}
	}
	if err == nil {
		err = d.Decode(v)
	}
	_, _ = io.Copy(io.Discard, out)
	if e := c.Wait(); err == nil {
		err = e
	}
	return err
}

// streamChild is a host with one steady plugin, whose journal stalls or not.
func streamChild(ctx context.Context, o order, w io.Writer) error {
	r, err := newRig(o.programs(), o.Dir, options{}, member{name: "steady", animal: "good", args: []string{o.Animal}, devices: 1})
	if err != nil {
		return err
	}
	r.start()
	defer func() { _ = r.stop() }()
	if err := r.ready(ctx, 1); err != nil {
		return err
	}
	const address = "weight_shelf.steady_0"
	tell := json.NewEncoder(w)
	if o.Token == "stall" {
		stall := make(chan struct{})
		r.mu.Lock()
		r.stall = stall
		r.mu.Unlock()
		pause(ctx, time.Duration(o.Seconds)*time.Second)
		r.mu.Lock()
		r.stall = nil
		r.mu.Unlock()
		close(stall)
	} else {
		if err := tell.Encode("ready"); err != nil {
			return err
		}
		pause(ctx, time.Duration(o.Seconds)*time.Second)
	}
	// How far behind it is doesn't matter: where more comes than a busy machine can
	// take, it stays behind.
	if err := r.told(ctx, address, time.Now()); err != nil {
		return err
	}
	return tell.Encode(r.count(address))
}
