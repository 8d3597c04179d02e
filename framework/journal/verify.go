package journal

import (
	"context"
	"errors"
	"fmt"
)

// verifyBatch is how many entries Verify reads at a time: short reads let the writer's log be reused.
const verifyBatch = 1024

func (l *log) Verify(ctx context.Context, check func(Entry) error, snapshot func(uint64, []byte) error) (Report, error) {
	if err := l.readable(); err != nil {
		return Report{}, err
	}
	v := verifier{l: l, check: check, snapshot: snapshot}
	if err := v.run(ctx); err != nil {
		if ctx.Err() != nil {
			return Report{}, ctx.Err()
		}
		return Report{}, l.readFailed(err)
	}
	return v.report, nil
}

type verifier struct {
	l        *log
	check    func(Entry) error
	snapshot func(uint64, []byte) error
	kept     []mark // those whose state must be there, oldest first
	lost     error  // a state that is not there: told last, for it may only look so because the head was moved
	report   Report
}

func (v *verifier) run(ctx context.Context) error {
	l := v.l
	noted, known := l.b.noted() // before the tail, which may move on
	x, err := l.b.extent(ctx)
	if err != nil {
		return err
	}
	if err := v.keep(x); err != nil {
		return err
	}
	w, err := l.walk(1)
	if err != nil {
		return err
	}
	for w.next <= x.tail.Seq {
		if err := ctx.Err(); err != nil {
			return err
		}
		es, err := w.step(int(min(verifyBatch, x.tail.Seq-w.next+1)))
		if err != nil {
			return err
		}
		for _, e := range es {
			if err := v.entry(e); err != nil {
				return err
			}
		}
	}
	if err := w.finish(x.tail.Marks); err != nil {
		return err
	}
	if err := w.atHead(x.tail); err != nil {
		return err
	}
	if err := l.within(x); err != nil {
		return err
	}
	if v.lost != nil {
		return v.lost
	}
	if x.states != int64(min(x.tail.Marks, KeptSnapshots)) {
		return l.damage(x.tail.Seq, fmt.Sprintf("%d states are kept of %d snapshots", x.states, x.tail.Marks))
	}
	if err := l.b.check(ctx); err != nil {
		return err
	}
	if known {
		if err := l.b.held(noted, x.tail); err != nil {
			return err
		}
	}
	v.report.Snapshots, v.report.Head, v.report.Hash = x.tail.Marks, x.tail.Seq, x.tail.Hash
	return nil
}

// keep finds the snapshots whose states must be there.
func (v *verifier) keep(x extent) error {
	ms, err := v.l.b.lastMarks(x.tail.Marks, KeptSnapshots)
	if err != nil {
		return err
	}
	for i := range ms {
		v.kept = append(v.kept, ms[len(ms)-1-i])
	}
	return nil
}

// entry passes e on, and the state behind it if one is kept.
func (v *verifier) entry(e Entry) error {
	v.report.Records++
	v.report.Bytes += uint64(len(e.Body))
	if v.check != nil {
		if err := v.check(e); err != nil {
			return fmt.Errorf("verify entry %d: %w", e.Seq, err)
		}
	}
	for len(v.kept) > 0 && v.kept[0].Seq <= e.Seq {
		if err := v.state(v.kept[0]); err != nil {
			return err
		}
		v.kept = v.kept[1:]
	}
	return nil
}

func (v *verifier) state(m mark) error {
	state, err := v.l.stateOf(m)
	if err != nil {
		dropped, e := v.droppedSince(m)
		switch {
		case e != nil:
			return e
		case !errors.Is(err, ErrDamaged):
			return err
		case !dropped && v.lost == nil:
			v.lost = err
		}
		return nil
	}
	v.report.States++
	if v.snapshot == nil {
		return nil
	}
	if err := v.snapshot(m.Seq, state); err != nil {
		return fmt.Errorf("verify snapshot at %d: %w", m.Seq, err)
	}
	return nil
}

// droppedSince says whether the writer has taken so many snapshots since the walk began that the state of m
// was dropped.
func (v *verifier) droppedSince(m mark) (bool, error) {
	t, err := v.l.b.tail()
	return err == nil && t.Marks >= m.N+KeptSnapshots, err
}

// within checks that there is nothing outside the chain: a row past its head was never acknowledged.
func (l *log) within(x extent) error {
	var first, firstMark uint64
	if x.tail.Seq > 0 {
		first = 1
	}
	if x.tail.Marks > 0 {
		firstMark = 1
	}
	switch {
	case x.firstSeq != int64(first):
		return l.damage(0, fmt.Sprintf("there is an entry numbered %d before the first", x.firstSeq))
	case x.lastSeq > int64(x.tail.Seq):
		return l.damage(x.tail.Seq+1, "the entry lies past the head")
	case x.firstMark != int64(firstMark) || x.endMark != int64(x.tail.Marks):
		return l.damage(x.tail.Seq, fmt.Sprintf("snapshots %d to %d do not fit a head that says %d", x.firstMark, x.endMark, x.tail.Marks))
	}
	return nil
}

// checkEnd checks that the last link bears the head, so that what is appended next builds on sound ground, and that
// nothing is missing behind it.
func (l *log) checkEnd(ctx context.Context) (tail, error) {
	noted, known := l.b.noted()
	x, err := l.b.extent(ctx)
	if err != nil {
		return tail{}, err
	}
	w, err := l.walk(max(x.tail.Seq, 1))
	if err != nil {
		return tail{}, err
	}
	if x.tail.Seq > 0 {
		if _, err := w.step(1); err != nil {
			return tail{}, err
		}
	}
	if err := w.finish(x.tail.Marks); err != nil {
		return tail{}, err
	}
	if err := w.atHead(x.tail); err != nil {
		return tail{}, err
	}
	if known {
		if err := l.b.held(noted, x.tail); err != nil {
			return tail{}, err
		}
	}
	return x.tail, l.within(x)
}
