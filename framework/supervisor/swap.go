package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Stage is how far an upgrade has come.
type Stage string

// The stages, in their order. Until StageMove nothing has changed for anybody.
const (
	// StageStart: the new instance is started beside the old.
	StageStart Stage = "start"
	// StageCheck: it says what it is and whether it can do what is asked of it.
	StageCheck Stage = "check"
	// StageDrain: what the old instance has spooled gets to the journal.
	StageDrain Stage = "drain"
	// StageMove: the devices are closed on the old instance.
	StageMove Stage = "move"
	// StageOpen: they are opened on the new one.
	StageOpen Stage = "open"
	// StageStop: they serve again, and the old instance is stopped.
	StageStop Stage = "stop"
	// StageBack: the new one is no good, and they are opened on the old again.
	StageBack Stage = "roll back"
)

// ErrSwap is the cause of a session's context when its instance is about to be
// replaced and still runs: Run then closes what it has open, sees to it that
// nothing of it is lost, and returns without stopping the instance. An error of
// Run keeps the old instance.
var ErrSwap = errors.New("the plugin moves to another instance")

// ErrUpgrading is the error of a second upgrade of the same plugin at once.
var ErrUpgrading = errors.New("it is being upgraded already")

// Mover is a Session that can move from one instance to another.
type Mover interface {
	Session
	// Check judges a new instance while the old one serves.
	Check(ctx context.Context, in *Instance) error
	// Drain waits until little is left to be handed on of what the old instance
	// has.
	Drain(ctx context.Context) error
	// Ready waits until all that served before the swap serves on an instance,
	// and says what doesn't. It is called beside Run.
	Ready(ctx context.Context, in *Instance) error
	// Moved tells that the swap to an instance is settled: from now on it is
	// the plugin.
	Moved(in *Instance)
}

// UpgradeError says why an upgrade came to nothing.
type UpgradeError struct {
	Plugin string
	// Stage is where it failed.
	Stage Stage
	Err   error
	// Back says how it stands with the version before; nil where that serves as
	// if nothing had been.
	Back error
}

func (e *UpgradeError) Error() string {
	s := fmt.Sprintf("upgrade plugin %q: %s: %v; ", e.Plugin, e.Stage, e.Err)
	if e.Back != nil {
		return s + fmt.Sprintf("the version before is kept, and does not serve as it did: %v", e.Back)
	}
	return s + "the version before serves on"
}

// Unwrap gives the cause.
func (e *UpgradeError) Unwrap() error { return e.Err }

// swap is an upgrade in the hands of the keeper.
type swap struct {
	in, old  *Instance
	spec     Spec
	progress func(Stage)

	// failed is set while the keeper goes back to the old instance.
	failed *UpgradeError
	// done gets the outcome, once. The instance that is left over is then the
	// caller's to stop.
	done chan error
	left *Instance
}

// answer gives the outcome and what is left over.
func (w *swap) answer(left *Instance, err error) {
	w.left = left
	w.done <- err
}

// Upgrade replaces the instance of a kept plugin: it starts a new one beside the
// old, checks it, moves to it and stops the old one. The spec's name says which
// plugin; from then on the spec is the one that is started again. What fails is
// undone: the error, an *UpgradeError, says at which stage and why, and the old
// instance serves on. A plugin that crashes too often and was given up is
// released by an upgrade that succeeds. Progress may be nil.
func (s *Supervisor) Upgrade(ctx context.Context, spec Spec, progress func(Stage)) error {
	if progress == nil {
		progress = func(Stage) {}
	}
	s.mu.Lock()
	k := s.kept[spec.Name]
	s.mu.Unlock()
	if k == nil {
		return fmt.Errorf("upgrade plugin %q: no such plugin runs", spec.Name)
	}
	end, err := k.beginUpgrade()
	if err != nil {
		return fmt.Errorf("upgrade plugin %q: %w", spec.Name, err)
	}
	defer end()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(k.life, func() { cancel(errStopping) })()
	err = k.upgrade(ctx, spec, progress)
	var failed *UpgradeError
	if errors.As(err, &failed) {
		s.log.Error("plugin was not upgraded", "plugin", spec.Name, "stage", failed.Stage, "cause", failed.Err)
	} else if err == nil {
		s.log.Info("plugin was upgraded", "plugin", spec.Name, "path", spec.Path)
	}
	return err
}

var errStopping = errors.New("the host is stopping")

// beginUpgrade keeps Keep from returning until the upgrade has ended.
func (k *keeper) beginUpgrade() (end func(), err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.status.State == StateStopped || k.life.Err() != nil:
		return nil, errStopping
	case k.upgrading:
		return nil, ErrUpgrading
	}
	k.upgrading = true
	k.upgrades.Add(1)
	return func() {
		k.mu.Lock()
		k.upgrading = false
		k.mu.Unlock()
		k.upgrades.Done()
	}, nil
}

// upgrade does all that does not concern the present session, and hands the
// rest to the keeper.
func (k *keeper) upgrade(ctx context.Context, spec Spec, progress func(Stage)) error {
	fail := func(stage Stage, err error) error {
		if c := context.Cause(ctx); ctx.Err() != nil && c != nil {
			err = c
		}
		return &UpgradeError{Plugin: spec.Name, Stage: stage, Err: err}
	}
	mover, ok := k.session.(Mover)
	if !ok {
		return fail(StageCheck, errors.New("whoever uses it can't move to another instance"))
	}
	progress(StageStart)
	in, err := k.s.Start(ctx, spec)
	if err != nil {
		return fail(StageStart, err)
	}
	progress(StageCheck)
	if err := k.smoke(ctx, mover, in); err != nil {
		in.Kill()
		return errors.Join(fail(StageCheck, err), in.Stop())
	}
	progress(StageDrain)
	drain, cancel := context.WithTimeout(ctx, k.s.limits.SwapWithin)
	err = mover.Drain(drain)
	cancel()
	if err != nil {
		in.Kill()
		return errors.Join(fail(StageDrain, err), in.Stop())
	}
	w := &swap{in: in, spec: spec, progress: progress, done: make(chan error, 1)}
	swaps := k.swaps
	if !running(in) {
		swaps = nil // it is no good, even if the keeper would have it
	}
	select {
	case swaps <- w:
	case <-in.Done():
		return errors.Join(fail(StageDrain, in.Err()), in.Stop())
	case <-ctx.Done():
		in.Kill()
		return errors.Join(fail(StageDrain, ctx.Err()), in.Stop())
	}
	err = <-w.done // the keeper answers, also when the host stops
	if err == nil {
		progress(StageStop)
	}
	if w.left != nil {
		err = errors.Join(err, w.left.Stop())
	}
	return err
}

// smoke asks the new instance for its health and the session for its opinion.
func (k *keeper) smoke(ctx context.Context, m Mover, in *Instance) error {
	ctx, cancel := context.WithTimeout(ctx, k.s.limits.SwapWithin)
	defer cancel()
	if _, err := in.Plugin().Health(ctx); err != nil {
		return fmt.Errorf("it does not answer: %w", err)
	}
	return m.Check(ctx, in)
}

// ready waits until what served before serves on an instance.
func (k *keeper) ready(ctx context.Context, in *Instance) error {
	mover, ok := k.session.(Mover)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.s.limits.SwapWithin)
	defer cancel()
	return mover.Ready(ctx, in)
}

// settled takes note that a swap has succeeded, or that the old instance serves
// again after one that has not.
func (k *keeper) settled(ctx context.Context, w *swap, err error) {
	if w.failed != nil {
		w.failed.Back = err
		w.answer(w.in, w.failed)
	} else {
		k.mu.Lock()
		k.spec = w.spec
		k.status.Path = w.spec.Path
		k.mu.Unlock()
		k.restarts.reset()
		if m, ok := k.session.(Mover); ok {
			m.Moved(w.in)
		}
		w.answer(w.old, nil)
	}
	k.to(ctx, StateRunning, nil)
}

// gone waits a moment until a process that was killed has ended.
func gone(in *Instance) {
	t := time.NewTimer(goneWithin)
	defer t.Stop()
	select {
	case <-in.Done():
	case <-t.C:
	}
}
