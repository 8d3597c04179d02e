// Package settlement is the fourth stage of the core: the money.
//
// It holds before the gate opens, captures the total of what was carried out
// or releases the hold when nothing was, and finds out what became of every
// movement whose answer was lost. A movement has one key for ever: it is asked
// again, or looked up, under that key and never under another. Each session
// has a double-entry account that adds up to zero when it closes.
//
// This is a pure room; amounts are integer minor units.
package settlement

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// The back-off between asks of one movement: money.md rule 3.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
	// absentTwice is how often a look-up must find nothing before it is
	// believed that nothing moved and nothing will.
	absentTwice = 2
)

// The accounts of a session. A debit is positive.
const (
	Receivable = "receivable" // owed by the shopper
	Clearing   = "clearing"   // on its way from the processor
	Revenue    = "revenue"    // net sales
	TaxPrefix  = "tax:"       // owed to the state, by class
	StoreCost  = "store_cost" // borne by the store: what a hold did not cover
)

// State is the payments of all open sessions.
type State struct {
	Payments map[string]*Payment `json:"payments"`
}

// Payment is where one session's money stands.
type Payment struct {
	State event.PaymentState `json:"state"`
	// Device is the processor that made the hold: no other can move it.
	Device    string        `json:"device,omitempty"`
	Token     string        `json:"token"`
	Key       string        `json:"key,omitempty"`
	Hold      money.Amount  `json:"hold"`
	Reference string        `json:"reference,omitempty"`
	Captured  *money.Amount `json:"captured,omitempty"`
	// Due is what the movement under way is asked to move.
	Due     money.Amount `json:"due"`
	Brand   string       `json:"brand,omitempty"`
	Last4   string       `json:"last4,omitempty"`
	Since   time.Time    `json:"since"`
	Attempt int          `json:"attempt,omitempty"`
	// RetryAt is when to ask next; zero while an ask is out.
	RetryAt time.Time `json:"retry_at"`
	// Doubtful says that the movement may have happened: look it up first.
	Doubtful bool `json:"doubtful,omitempty"`
	Absent   int  `json:"absent,omitempty"`
	// Unwanted says that the session ended: a hold that turns out to stand is
	// released.
	Unwanted bool `json:"unwanted,omitempty"`
	Frozen   bool `json:"frozen,omitempty"`
	// Offline says that the shopper was let in without a hold.
	Offline bool                    `json:"offline,omitempty"`
	Total   money.Amount            `json:"total"`
	Balance map[string]money.Amount `json:"balance"`
}

// New returns the state without payments.
func New() *State { return &State{Payments: map[string]*Payment{}} }
