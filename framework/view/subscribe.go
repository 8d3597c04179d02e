package view

import "context"

// Subscription tells that there is a newer snapshot. It holds one notice at
// most: a slow subscriber misses steps in between, never the newest.
type Subscription struct {
	view    *View
	changed chan struct{}
}

// Subscribe returns a subscription that has one notice already, for the
// snapshot that there is.
func (v *View) Subscribe() *Subscription {
	s := &Subscription{view: v, changed: make(chan struct{}, 1)}
	s.changed <- struct{}{}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.subs[s] = struct{}{}
	return s
}

// Changed has a notice when View.Snapshot may be newer than at the last one.
func (s *Subscription) Changed() <-chan struct{} { return s.changed }

// Close ends the subscription. A second Close does nothing.
func (s *Subscription) Close() {
	s.view.mu.Lock()
	defer s.view.mu.Unlock()
	delete(s.view.subs, s)
}

func (v *View) tell() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for s := range v.subs {
		select {
		case s.changed <- struct{}{}:
		default: // it has not looked at the last one yet
		}
	}
}

// Wait waits until the view holds the record of a number, so that whoever wrote
// it reads it. It returns the context's error, or why the view ended.
func (v *View) Wait(ctx context.Context, seq uint64) error {
	s := v.Subscribe()
	defer s.Close()
	for v.Snapshot().Seq < seq {
		if err := v.Err(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Changed():
		}
	}
	return nil
}
