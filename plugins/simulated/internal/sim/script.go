package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
)

// Script is one visit, step by step.
type Script struct{ Steps []ScriptStep }

// ScriptStep is one thing that the shopper does.
type ScriptStep struct {
	// At is how long after the world's start it happens, such as "115s".
	At string `json:"at"`
	// Do is enter, walk, touch, take, put or leave.
	Do string `json:"do"`
	// Gate is where the party enters or leaves.
	Gate string `json:"gate,omitempty"`
	// Token and Bodies belong to enter.
	Token  string `json:"token,omitempty"`
	Bodies int    `json:"bodies,omitempty"`
	// Zone belongs to walk.
	Zone string `json:"zone,omitempty"`
	// Bay, GTIN and Qty belong to touch, take and put.
	Bay  string   `json:"bay,omitempty"`
	GTIN gs1.GTIN `json:"gtin,omitempty"`
	Qty  int      `json:"qty,omitempty"`
	// Items, at leave, states what the party owes for where its goods are not
	// the world's own.
	Items []Item `json:"items,omitempty"`

	at time.Duration
}

// LoadScript reads a script and checks it against a scene.
func LoadScript(path string, sc *scene.Scene) (*Script, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	s := new(Script)
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s.Steps); err != nil {
		return nil, fmt.Errorf("script %s: line %d: %w", path, 1+bytes.Count(b[:d.InputOffset()], []byte("\n")), err)
	}
	if err := s.check(sc); err != nil {
		return nil, fmt.Errorf("script %s: %w", path, err)
	}
	return s, nil
}

func (s *Script) check(sc *scene.Scene) error {
	if len(s.Steps) < 2 || s.Steps[0].Do != "enter" || s.Steps[len(s.Steps)-1].Do != "leave" {
		return errors.New("a script begins with enter and ends with leave")
	}
	var last time.Duration
	for i := range s.Steps {
		t := &s.Steps[i]
		at, err := time.ParseDuration(t.At)
		if err != nil || at < last {
			return fmt.Errorf("step %d: at %q is no duration or before the step above", i+1, t.At)
		}
		t.at, last = at, at
		if err := t.check(sc, i > 0 && i < len(s.Steps)-1); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (t *ScriptStep) check(sc *scene.Scene, between bool) error {
	switch t.Do {
	case "enter", "leave":
		if between {
			return fmt.Errorf("%s stands in the middle", t.Do)
		}
		if t.Do == "enter" && (t.Token == "" || t.Bodies < 0 || t.Bodies > observe.MaxBodies) {
			return errors.New("enter needs a token and a sound number of bodies")
		}
		if t.Gate != "" && sc.Devices()[t.Gate] != "gate" {
			return fmt.Errorf("there is no gate %q", t.Gate)
		}
		return nil
	case "walk", "touch", "take", "put":
		if !between {
			return fmt.Errorf("%s stands at the end", t.Do)
		}
		return t.checkPlace(sc)
	default:
		return fmt.Errorf("%q is none of enter, walk, touch, take, put and leave", t.Do)
	}
}

func (t *ScriptStep) checkPlace(sc *scene.Scene) error {
	if t.Do == "walk" {
		if !slices.Contains(sc.Zones, t.Zone) {
			return fmt.Errorf("there is no zone %q", t.Zone)
		}
		return nil
	}
	known := t.Do == "touch" || slices.ContainsFunc(sc.Products, func(p scene.Product) bool { return p.GTIN == t.GTIN })
	if !known {
		return fmt.Errorf("the scene has no product with GTIN %q", t.GTIN)
	}
	for _, s := range sc.Shelves {
		for _, y := range s.Bays {
			if scene.BayAddress(s.Address, y.Number) == t.Bay {
				return nil
			}
		}
	}
	return fmt.Errorf("there is no bay %q", t.Bay)
}

// playScript brings the scripted party to its gate.
func (w *World) playScript(s *Script) {
	enter, leave := s.Steps[0], s.Steps[len(s.Steps)-1]
	v := &visit{
		w: w, number: w.opt.FirstVisit, token: enter.Token, size: max(enter.Bodies, 1), together: true,
		rng: stream(w.opt.Seed, "script"), taken: make(map[*product]int), owed: leave.Items,
	}
	v.entry, v.reader, v.method = w.chooseEntry(v.rng, "card", "palm", "code", "badge")
	if g := w.gate(enter.Gate); g != nil {
		v.entry, v.reader, v.method = g, scene.Reader{}, "card"
		if len(g.readers) > 0 {
			v.reader, v.method = g.readers[0], g.readers[0].Methods[0]
		}
	}
	v.exit = v.entry
	if g := w.gate(leave.Gate); g != nil {
		v.exit = g
	}
	w.tl.After(enter.at, ownerGates, func() { v.entry.enqueue(v) })
	w.scriptStart = w.tl.Now()
}

// followScript schedules the steps of the party's first body; the others only
// follow it out.
func (b *body) followScript() {
	steps := b.w.opt.Script.Steps
	if b == b.visit.bodies[0] {
		for _, t := range steps[1 : len(steps)-1] {
			b.w.tl.At(b.w.scriptStart.Add(t.at), b.owner, func() { b.scripted(t) })
		}
	}
	last := steps[len(steps)-1].at - 4*time.Second
	b.w.tl.At(b.w.scriptStart.Add(max(last, 0)), b.owner, b.finish)
}

func (b *body) scripted(t ScriptStep) {
	if t.Do == "walk" {
		b.arrive(t.Zone)
		return
	}
	for _, y := range b.w.bays {
		if y.address == t.Bay {
			y.touch()
			d := b.scriptedDeed(y, t)
			y.loaded()
			d.at, d.onset = y, b.w.tl.Now()
			b.w.tl.After(handShort, b.owner, func() { y.release(); b.w.seeHand(b, d) })
		}
	}
}

func (b *body) scriptedDeed(y *bay, t ScriptStep) deed {
	d := deed{action: observe.ActionTouch}
	for _, s := range b.w.scene.Products {
		if s.GTIN == t.GTIN {
			d.product = b.w.products[s.Name]
		}
	}
	switch t.Do {
	case "take":
		taken := y.remove(d.product, max(t.Qty, 1))
		for _, u := range taken {
			b.visit.take(u)
		}
		b.carried = append(b.carried, taken...)
		d.action, d.qty = observe.ActionTake, len(taken)
	case "put":
		d.action = observe.ActionPut
		for range max(t.Qty, 1) {
			i := slices.IndexFunc(b.carried, func(u *unit) bool { return u.product == d.product })
			if i < 0 {
				break
			}
			u := b.carried[i]
			b.carried = slices.Delete(b.carried, i, i+1)
			b.visit.put(u)
			y.units = append(y.units, u)
			d.qty++
		}
	}
	return d
}
