package simulate

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openaisle/aisle/framework/event"
)

// tell writes a line of the story.
func (w *world) tell(format string, args ...any) {
	fmt.Fprintf(w.story, "%10.3f  %s\n", w.tl.now.Seconds(), fmt.Sprintf(format, args...))
}

// tellDeed tells what somebody really did, which the host never hears.
func (b *body) tellDeed(a *act) {
	gtin := ""
	if a.product != nil {
		gtin = string(a.product.gtin)
	}
	b.w.tell("truth: visit %d (%s, followed as %q) at %s: %s %d %s", b.visit.number, b.visit.token, b.track, a.at.address, a.action, a.quantity, gtin)
}

// tellTruth tells which receipts are not what was taken.
func (w *world) tellTruth() {
	for i := range w.witness.Wrong {
		x := &w.witness.Wrong[i]
		w.tell("truth: session %s was charged %d too much and %d too little: %s", x.Session, x.Over, x.Under, x.Text)
	}
}

// tellStep tells an input and the facts that followed.
func (w *world) tellStep(h *host, d draft) {
	w.tell("%s %s <- %s", h.name, event.InputName(d.in), brief(d.in))
	for _, f := range d.facts {
		w.tell("    %s %s", event.FactName(f), brief(f))
	}
}

// briefMost bounds a line.
const briefMost = 1200

func brief(v any) string {
	if d, ok := v.(event.Definition); ok {
		return d.Digest
	}
	if a, ok := v.(event.Adopted); ok {
		return a.Definition.Digest
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if s := string(b); len(s) <= briefMost {
		return s
	}
	return string(b[:briefMost]) + "…"
}

// diffText says where two texts part.
func diffText(a, b []byte) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	cut := func(s []byte) string { return string(s[max(0, n-200):min(len(s), n+200)]) }
	return strings.Join([]string{"they part here:", cut(a), cut(b)}, "\n")
}
