package supervisor

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// serve runs the session until the plugin is of no more use, on an instance and
// on those that replace it. W is the swap that the instance came by. It returns
// why, and an error where a process could not be ended.
func (k *keeper) serve(ctx context.Context, in *Instance, w *swap) (cause, err error) {
	for {
		e := k.use(ctx, in, w)
		switch w = e.swap; {
		case w == nil: // it ended
			return e.cause, k.end(in)
		case w.failed == nil && w.in != in: // it goes on with another
			w.old = in
			k.leave(in)
			in = w.in
			w.progress(StageOpen)
		case w.in == in && w.old != nil && running(w.old): // it goes back
			w.in.Kill()
			gone(w.in)
			k.leave(in)
			in = w.old
			w.progress(StageBack)
		case w.in == in: // there is none to go back to
			w.in.Kill()
			k.leave(in)
			return k.neither(w)
		default: // it stays with the one it had
			w.progress(StageBack)
		}
	}
}

// neither ends a swap that failed where there is no old instance to go back to.
func (k *keeper) neither(w *swap) (cause, err error) {
	cause, w.failed.Back = errSwapFailed, errSwapFailed
	if w.old != nil {
		cause = w.old.Err()
		err = w.old.Stop()
		w.failed.Back = cause
	}
	w.answer(w.in, w.failed)
	return cause, err
}

// running reports whether an instance has not ended.
func running(in *Instance) bool {
	select {
	case <-in.Done():
		return false
	default:
		return true
	}
}

// ending is why the use of an instance ended.
type ending struct {
	// cause is that of a crash.
	cause error
	// swap is one that is to go on: forth, or back where it has failed.
	swap *swap
}

// use runs the session on one instance. W is the swap it came by: until it is
// settled, what goes wrong is its failure.
func (k *keeper) use(ctx context.Context, in *Instance, w *swap) ending {
	k.mu.Lock()
	k.instance = in
	k.mu.Unlock()
	swaps, ready := k.swaps, make(chan error, 1)
	use, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ran, hung := make(chan error, 1), make(chan error, 1)
	var wg sync.WaitGroup
	if w == nil {
		k.to(ctx, StateRunning, nil)
	} else {
		k.to(ctx, StateUpgrading, nil)
		swaps = nil
		wg.Go(func() { ready <- k.ready(use, in) })
	}
	wg.Go(func() { ran <- k.session.Run(use, in) })
	wg.Go(func() { hung <- k.ping(use, in) })
	var cause error
	var next *swap
	for waiting := true; waiting; {
		waiting = false
		select {
		case <-in.Done():
			cause = in.Err()
		case cause = <-hung:
		case cause = <-ran:
			if cause == nil {
				cause = errors.New("the plugin's devices were let go")
			}
		case next = <-swaps:
		case err := <-ready:
			switch {
			case err == nil, w.failed != nil:
				k.settled(ctx, w, err)
				w, swaps, waiting = nil, k.swaps, true
			default:
				w.failed = &UpgradeError{Plugin: w.spec.Name, Stage: StageOpen, Err: err}
			}
		case <-ctx.Done():
		}
	}
	switch {
	case ctx.Err() != nil:
		if next != nil {
			next.answer(next.in, &UpgradeError{Plugin: next.spec.Name, Stage: StageMove, Err: errStopping, Back: errStopping})
		}
		k.to(ctx, StateStopping, nil)
	case next != nil:
		return k.moveOff(ctx, in, next, cancel, &wg, ran)
	case cause == nil: // the swap has failed
		k.await(in, cancel, &wg)
		return ending{swap: w}
	default:
		cause = in.end(cause) // so that no call waits for an answer that won't come
		cancel(&Crash{cause})
	}
	wg.Wait()
	return k.ended(ctx, in, w, cause)
}

// moveOff lets the session close what it has open for another instance. A
// session that can't do so without a loss stays.
func (k *keeper) moveOff(ctx context.Context, in *Instance, w *swap, cancel context.CancelCauseFunc, wg *sync.WaitGroup, ran <-chan error) ending {
	k.to(ctx, StateUpgrading, nil)
	w.progress(StageMove)
	k.await(in, cancel, wg)
	if err := <-ran; err != nil && running(in) {
		w.old, w.failed = in, &UpgradeError{Plugin: w.spec.Name, Stage: StageMove, Err: err}
	}
	return ending{swap: w}
}

// await waits until the session has let go of an instance for a swap. One that
// takes too long does so because the instance does.
func (k *keeper) await(in *Instance, cancel context.CancelCauseFunc, wg *sync.WaitGroup) {
	late := time.AfterFunc(k.s.limits.SwapWithin, in.Kill)
	defer late.Stop()
	cancel(ErrSwap)
	wg.Wait()
}

// ended is the ending of an instance that is gone or to be stopped, where it
// came by a swap that is not settled or where it did not.
func (k *keeper) ended(ctx context.Context, in *Instance, w *swap, cause error) ending {
	switch {
	case w == nil:
	case w.failed != nil: // the old one, to which it had gone back
		w.failed.Back = cmp.Or(cause, context.Cause(ctx))
		w.answer(w.in, w.failed)
	case ctx.Err() != nil:
		w.answer(w.old, &UpgradeError{Plugin: w.spec.Name, Stage: StageOpen, Err: errStopping, Back: errStopping})
	default:
		w.failed = &UpgradeError{Plugin: w.spec.Name, Stage: StageOpen, Err: cause}
		return ending{swap: w}
	}
	return ending{cause: cause}
}

// end stops an instance.
func (k *keeper) end(in *Instance) error {
	err := in.Stop()
	k.leave(in)
	return err
}

// leave takes an instance out of the status.
func (k *keeper) leave(in *Instance) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dropped += in.Dropped()
	k.status.Isolation = in.Isolation()
	k.instance = nil
}
