package crash

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/openaisle/aisle/framework/journal"
)

// Of a journey's points, in hundredths: those during a recovery, and errors. The rest are power cuts.
const (
	ofRecovery = 21
	ofErrors   = 6
	// perRecovery is how many points one recovery is good for.
	perRecovery = 60
)

var hashSeed = maphash.MakeSeed()

// worker does one journey.
type worker struct {
	Result
	ctx     context.Context
	mounted *Mounted
	helper  *helper
	dir     string
	share   share
	plant   string
	seen    map[string]bool // whether an image, with its needs, is a violation
	journey *journey
	base    Image
	begin   need
	history *history
}

// moment is an image that a recovery begins with.
type moment struct {
	at    place
	image Image
	need  need
}

func (w *worker) do() (err error) {
	if w.journey, err = newJourney(w.share.seed); err != nil {
		return err
	}
	if err := w.prepare(); err != nil {
		return err
	}
	w.Journeys, w.Records = 1, len(w.journey.drafts)
	log, t, err := w.play("journey", NewDisk(w.base, nil))
	if err != nil {
		return err
	}
	if t.Err != "" {
		w.violation(point{seed: w.share.seed}, "without any fault: "+t.Err)
		return nil
	}
	if p := w.share.only; p != nil {
		return w.one(*p, log)
	}
	quota := w.share.points
	recoveries, faults := (quota*ofRecovery+99)/100, (quota*ofErrors+99)/100
	moments := w.cuts(log, quota-recoveries-faults, max(1, recoveries/perRecovery))
	if err := w.errors(log, faults); err != nil {
		return err
	}
	for i, m := range moments {
		n := recoveries*(i+1)/len(moments) - recoveries*i/len(moments)
		if err := w.recovery(m, n, nil); err != nil {
			return err
		}
	}
	return w.ctx.Err()
}

// prepare makes what the journey begins with, and its history as it is without any fault.
func (w *worker) prepare() (err error) {
	y := w.journey
	if err := (Image{}).put(w.dir); err != nil {
		return err
	}
	calm := &told{}
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	t := &writer{marks: null, told: calm}
	if y.skip > 0 {
		if err := t.journey(w.dir, y, 0, y.skip, true); err != nil {
			return err
		}
		if y.dirty { // once more, and not closed
			if err := (Image{}).put(w.dir); err != nil {
				return err
			}
			if err := t.open(w.dir, y); err != nil {
				return err
			}
			err := t.all(y, 0, y.skip)
			if err == nil {
				w.base, err = take(w.dir)
			}
			if err := errors.Join(err, t.Close()); err != nil {
				return err
			}
		} else if w.base, err = take(w.dir); err != nil {
			return err
		}
	}
	if err := t.journey(w.dir, y, y.skip, len(y.groups), true); err != nil {
		return err
	}
	if w.history, err = historyOf(w.dir, y.options); err != nil {
		return err
	}
	for i, f := range w.history.folded {
		if f != y.folded[i] {
			w.violation(point{seed: y.seed}, fmt.Sprintf("the state folded of record %d is not the one that was in memory", i+1))
			break
		}
	}
	at := uint64(y.records(y.skip))
	w.begin = need{acked: at, begun: at, asked: at}
	for g := range y.skip {
		if y.snaps[g] {
			w.begin.snapped = uint64(y.records(g + 1))
		}
	}
	w.begin.snaps = w.begin.snapped
	return nil
}

// all writes appends [from, to) to a journal that is open.
func (w *writer) all(y *journey, from, to int) error {
	at := y.records(from)
	for g := from; g < to; g++ {
		if _, err := w.Append(y.drafts[at : at+y.groups[g]]); err != nil {
			return err
		}
		at += y.groups[g]
		if y.snaps[g] {
			if err := w.Snapshot(uint64(at), y.states[g]); err != nil {
				return err
			}
		}
	}
	return nil
}

// play has the other process use a disk, and gives what the disk saw.
func (w *worker) play(what string, d *Disk) ([]Op, told, error) {
	dir, done := w.mounted.Serve(d)
	t, err := w.helper.do(job{Do: what, Dir: dir, Seed: w.share.seed, Plant: w.plant})
	done()
	if err != nil {
		return nil, t, err
	}
	log := d.Log()
	for i, op := range log {
		if op.Kind == Mark && len(op.Data) > 0 && op.Data[0] == markFinished {
			log = log[:i]
			break
		}
	}
	if w.plant == plantNoSync {
		for i := range log {
			if log[i].Kind == Sync {
				log[i] = Op{Kind: Mark}
			}
		}
	}
	return log, t, nil
}

// follow goes through a log and calls at after each operation and the marks behind it.
func follow(base Image, log []Op, n need, at func(c *cut, k int, op int, n need)) {
	c := newCut(base)
	k, last := 0, -1
	for i, op := range log {
		if op.Kind == Mark {
			n.mark(op.Data)
		} else {
			c.after(op)
			last = i
		}
		if last >= 0 && (i+1 == len(log) || log[i+1].Kind != Mark) {
			at(c, k, last, n)
			k++
			last = -1
		}
	}
}

func operations(log []Op) (n int) {
	for _, op := range log {
		if op.Kind != Mark {
			n++
		}
	}
	return n
}

// cuts cuts the power so many times, spread over the log, and keeps some of the images.
func (w *worker) cuts(log []Op, quota, keep int) (kept []moment) {
	total := operations(log)
	w.Operations += total
	follow(w.base, log, w.begin, func(c *cut, k, op int, n need) {
		share := quota*(k+1)/total - quota*k/total
		if share > 0 {
			w.Cut++
		}
		for p := range share {
			at, img := w.choose(c, op, k+p, uint64(p/int(variants)))
			w.check(point{seed: w.share.seed, at: at}, w.history, img, n)
		}
		for i := range keep {
			if k == (2*i+1)*total/(2*keep) {
				v := Variant((int(w.share.seed) + i) % int(Rotten))
				at, img := w.choose(c, op, int(v), 0)
				if at.what == Rotten.String() {
					at.what, img = Clean.String(), imageOf(c.visible, c.live)
				}
				kept = append(kept, moment{at, img.clone(), n})
			}
		}
	})
	return kept
}

// choose gives the image of a variant, or of the next that can be. From the second round on only those that differ.
func (w *worker) choose(c *cut, op, from int, salt uint64) (place, Image) {
	for i := range 2 * int(variants) {
		v := Variant((from + i) % int(variants))
		if salt > 0 && v < Torn {
			continue
		}
		at := place{op, v.String(), salt}
		if img, ok := c.image(v, w.rng(at)); ok {
			return at, img
		}
	}
	return place{op, Clean.String(), salt}, imageOf(c.visible, c.live)
}

func (w *worker) rng(p place) *rand.Rand {
	v, _ := variantOf(p.what)
	return rand.New(rand.NewPCG(w.share.seed<<20^uint64(p.op), uint64(v)<<32^p.salt))
}

func (w *worker) violation(p point, what string) {
	w.Violations++
	if len(w.Findings) < MaxFindings {
		w.Findings = append(w.Findings, Finding{Point: p.String(), What: what})
	}
}

// check counts a point, and opens its image unless an equal one was looked at.
func (w *worker) check(p point, h *history, img Image, n need) {
	what := p.at.what
	if p.then != nil {
		what = p.then.what
		w.Depth2++
	}
	w.Points++
	w.Variants[what]++
	rotten := what == Rotten.String()
	key := fmt.Sprintf("%x %v %v %p", img.sum(hashSeed), n, rotten, h)
	if bad, ok := w.seen[key]; ok {
		if bad {
			w.violation(p, "as one before: the image is the same")
		}
		return
	}
	w.Distinct++
	o, err := w.open(h, img, n, rotten)
	if err != nil {
		o.violation = "the image can't be looked at: " + err.Error()
	}
	w.seen[key] = o.violation != ""
	switch {
	case o.violation != "":
		w.violation(p, o.violation)
	case !rotten:
	case o.refused != "":
		w.Refused++
	case o.cut:
		w.CutShort++
	default:
		w.Harmless++
	}
}

func (w *worker) open(h *history, img Image, n need, rotten bool) (outcome, error) {
	if err := img.put(w.dir); err != nil {
		return outcome{}, err
	}
	if w.Distinct%5 == 0 { // what lies in the memory that processes share means nothing after a power cut
		junk := make([]byte, 32<<10)
		for i := range junk {
			junk[i] = byte(i * w.Distinct)
		}
		if err := os.WriteFile(filepath.Join(w.dir, file+shmSuffix), junk, 0o600); err != nil {
			return outcome{}, err
		}
	}
	return h.look(w.dir, n, rotten, w.Distinct%4 == 0), nil
}

// recovery has the other process recover from an image as a host does, and cuts the power so many times meanwhile; or
// at one place.
func (w *worker) recovery(m moment, quota int, only *place) error {
	p := point{seed: w.share.seed, at: m.at}
	if err := m.image.put(w.dir); err != nil {
		return err
	}
	first := w.history.look(w.dir, m.need, false, false)
	if first.violation != "" {
		w.violation(p, first.violation)
		return nil
	}
	log, t, err := w.play("recover", NewDisk(m.image, nil))
	if err != nil {
		return err
	}
	if t.Err != "" {
		w.violation(p, "the host does not recover: "+t.Err)
		return nil
	}
	h, err := w.after(m.image, log, first.head)
	if err != nil {
		w.violation(p, err.Error())
		return nil
	}
	n := m.need
	n.acked, n.begun, n.asked = first.head, first.head, min(n.asked, first.head)
	total := operations(log)
	follow(m.image, log, n, func(c *cut, k, op int, n need) {
		if only != nil {
			if only.op == op {
				w.at(point{seed: p.seed, at: p.at, then: only}, c, h, n)
			}
			return
		}
		for i := range quota*(k+1)/total - quota*k/total {
			at, img := w.choose(c, op, k+i, uint64(i/int(variants)))
			q := p
			q.then = &at
			w.check(q, h, img, n)
		}
	})
	return nil
}

// after is the history of a disk that a recovery has ended on. Up to head it is the journey's.
func (w *worker) after(base Image, log []Op, head uint64) (*history, error) {
	c := newCut(base)
	for _, op := range log {
		c.after(op)
	}
	if err := imageOf(c.visible, c.live).put(w.dir); err != nil {
		return nil, err
	}
	h, err := historyOf(w.dir, w.journey.options)
	if err != nil {
		return nil, fmt.Errorf("after the recovery: %w", err)
	}
	if uint64(len(h.hashes)) <= head {
		return nil, fmt.Errorf("the recovery wrote nothing: the journal ends at %d", len(h.hashes))
	}
	for i := range head {
		if h.hashes[i] != w.history.hashes[i] {
			return nil, fmt.Errorf("record %d is another one after the recovery", i+1)
		}
	}
	return h, nil
}

// at checks one power cut by its name.
func (w *worker) at(p point, c *cut, h *history, n need) {
	at := p.at
	if p.then != nil {
		at = *p.then
	}
	v, ok := variantOf(at.what)
	if !ok {
		return
	}
	if img, ok := c.image(v, w.rng(at)); ok {
		w.check(p, h, img, n)
	}
}

// one does one point by its name.
func (w *worker) one(p point, log []Op) (err error) {
	if e, ok := errorOf(p.at.what); ok {
		return w.fail(p.at, e, log)
	}
	var from *moment
	follow(w.base, log, w.begin, func(c *cut, _, op int, n need) {
		switch {
		case op != p.at.op:
		case p.then == nil:
			w.at(p, c, w.history, n)
		default:
			v, _ := variantOf(p.at.what)
			if img, ok := c.image(v, w.rng(p.at)); ok {
				from = &moment{p.at, img.clone(), n}
			}
		}
	})
	if from != nil {
		err = w.recovery(*from, 0, p.then)
	}
	if err == nil && w.Points == 0 {
		err = fmt.Errorf("there is no point %s", p)
	}
	return err
}

var _ journal.Journal = (*writer)(nil)
