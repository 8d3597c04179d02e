package reader

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/sdk"
)

// lingers is how long a thing that happened once is told.
const lingers = time.Minute

// health is what is wrong, by what it is about.
type health struct {
	mu    sync.Mutex
	notes map[string]note
}

type note struct {
	text  string
	until time.Time // zero for what holds until it is taken back
}

func (h *health) set(about, text string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.notes == nil {
		h.notes = map[string]note{}
	}
	h.notes[about] = note{text, until}
}

// happened tells for a while of what is over.
func (h *health) happened(about, text string) { h.set(about, text, time.Now().Add(lingers)) }

// holds tells until it is taken back.
func (h *health) holds(about, text string) { h.set(about, text, time.Time{}) }

func (h *health) over(about string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.notes, about)
}

// condition is all of it.
func (h *health) condition(now time.Time) sdk.Condition {
	h.mu.Lock()
	defer h.mu.Unlock()
	var texts []string
	for _, about := range slices.Sorted(maps.Keys(h.notes)) {
		if n := h.notes[about]; n.until.IsZero() || now.Before(n.until) {
			texts = append(texts, n.text)
		}
	}
	if len(texts) == 0 {
		return sdk.Condition{State: sdk.StateReady, Power: sdk.PowerOnline}
	}
	return sdk.Condition{State: sdk.StateDegraded, Cause: strings.Join(texts, "; "), Power: sdk.PowerOnline}
}
