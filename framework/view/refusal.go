package view

import (
	"slices"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// KeptRefusals is how many of the newest refusals are known.
const KeptRefusals = 200

// Refusal is somebody who may not come in. It does not say who: the credential
// stays in the journal.
type Refusal struct {
	At time.Time `json:"at"`
	// Reader is where the credential was presented, and so whose screen shows
	// Message.
	Reader string            `json:"reader,omitempty"`
	Code   event.RefusalCode `json:"code"`
	// Message is for the shopper, Reason for the staff.
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"`
	// Number is the one in the message, for whoever translates it by its code.
	Number  int    `json:"number,omitempty"`
	Session string `json:"session,omitempty"`
}

// refused keeps a refusal.
func (m *Model) refused(f event.EntryRefused) {
	m.refusals = append(m.refusals, Refusal{At: f.At, Reader: f.Reader, Code: f.Code, Message: f.Message, Reason: f.Reason, Number: f.Number, Session: f.Session})
	m.refusals = m.refusals[max(0, len(m.refusals)-KeptRefusals):]
}

// Refusals are the newest refusals, newest first.
func (v *View) Refusals() []Refusal {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := append([]Refusal{}, v.model.refusals...)
	slices.Reverse(out)
	return out
}
