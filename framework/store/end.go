package store

import (
	"context"
	"errors"
	"time"

	"github.com/openaisle/aisle/framework/peer"
)

// The pauses of the wait for idleness, in real time.
const (
	// idleLook is how often a store that may be idle is looked at.
	idleLook = 20 * time.Millisecond
	// idleQuiet is for how long nothing must be written before a store on the
	// wall's clock counts as idle.
	idleQuiet = 5 * time.Second
	// readWithin is how long the readers have to come to the journal's end.
	readWithin = 30 * time.Second
)

// wait waits for the end: of ctx, of a part that can't go on, or of all there
// was to do.
func (m *machine) wait(ctx context.Context) error {
	idle := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if m.opt.UntilIdle && m.awaitIdle(ctx) {
			close(idle)
		}
	}()
	defer func() { cancel(); <-gone }()
	select {
	case <-ctx.Done():
		return nil
	case <-idle:
		return nil
	case err := <-m.ended:
		return err
	}
}

// awaitIdle reports whether the store became idle before ctx ended.
func (m *machine) awaitIdle(ctx context.Context) bool {
	if m.world != nil {
		select {
		case <-m.world.Finished():
		case <-ctx.Done():
			return false
		}
	}
	tick := time.NewTicker(idleLook)
	defer tick.Stop()
	var head uint64
	since := time.Now()
	for {
		away, err := m.work.Quiet(ctx)
		if err != nil {
			return false
		}
		s := m.engine.Status()
		if s.Head != head {
			head, since = s.Head, time.Now()
		}
		quiet := m.world != nil && !m.world.Wall() || time.Since(since) >= idleQuiet
		if away == 0 && s.Open == 0 && s.Asks == 0 && s.Wake.IsZero() && !s.Waiting && quiet {
			return true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
}

// down stops everything that is up: first the clock, so that a peer's time
// stands, then what asks, then what reports, then the engine, which takes the
// last words and a snapshot, then what follows the journal, and the journal
// last. Of a store that never came up no peer stays that was started for it.
func (m *machine) down() (sum Summary, err error) {
	if m.withdraw != nil {
		if gone := m.withdraw(); gone != nil {
			m.opt.Log.Debug("the word that the store runs is not taken back", "err", gone)
		}
	}
	m.stopMend.stop()
	m.stopControl.stop()
	m.stopPage.stop()
	m.stopClock.stop()
	m.stopCalls.stop()
	m.stopDevices.stop()
	m.stopEngine.stop()
	if m.log != nil {
		sum, err = m.read()
	}
	m.stopView.stop()
	m.stopTrace.stop()
	m.stopBook.stop()
	if m.lis != nil && m.stopPage.cancel == nil {
		err = errors.Join(err, m.lis.Close())
	}
	if m.points != nil {
		err = errors.Join(err, m.points.Close())
	}
	if m.log != nil {
		err = errors.Join(err, m.log.Close())
	}
	err = errors.Join(err, m.away.close(), m.sup.Close())
	err = errors.Join(err, m.stopPeers())
	select {
	case e := <-m.ended: // what went wrong on the way down
		err = errors.Join(e, err)
	default:
	}
	return sum, err
}

func (m *machine) stopPeers() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*peer.StopWithin)
	defer cancel()
	for _, p := range m.peers {
		if m.opt.StopPeers || !m.ready && !p.Found {
			err = errors.Join(err, peer.Stop(ctx, m.opt.Data, p.Name))
		}
	}
	return err
}

// read lets the readers come to the end of the journal, and sums up.
func (m *machine) read() (Summary, error) {
	if m.stopBook.cancel == nil {
		if m.book != nil {
			return Summary{}, m.book.discard()
		}
		return Summary{}, nil
	}
	head, _ := m.log.Head()
	ctx, cancel := context.WithTimeout(context.Background(), readWithin)
	defer cancel()
	err := m.view.Wait(ctx, head)
	err = errors.Join(err, m.book.wait(ctx, head))
	m.stopBook.stop()
	sum := m.book.summary()
	s := m.engine.Status()
	sum.Store, sum.Asks, sum.Quarantined, sum.Records = m.store.Name, s.Asks, s.Quarantined, head
	return sum, errors.Join(err, m.book.close())
}

// RunningPeers are the peers that run on a data folder: their names and the
// ids of their processes.
func RunningPeers(data string) map[string]int {
	peers := map[string]int{}
	for _, name := range peer.List(data) {
		if pid := peer.PID(data, name); pid != 0 {
			peers[name] = pid
		}
	}
	return peers
}

// StopPeers ends the peers that run on a data folder.
func StopPeers(ctx context.Context, data string) error {
	var err error
	for _, name := range peer.List(data) {
		err = errors.Join(err, peer.Stop(ctx, data, name))
	}
	return err
}
