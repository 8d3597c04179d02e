package control

import (
	"context"
	"fmt"
	"time"

	"github.com/openaisle/aisle/framework/event"
)

// Host is the running store. Its methods may be called from any goroutine.
type Host interface {
	// State is how it is at the moment.
	State() State
	// Drift says in what the store's files differ from what runs.
	Drift() (Drift, error)
	// Plan says what Apply would do.
	Plan() (Plan, error)
	// Upgrade swaps a plugin for what its source now is. Where that fails, all
	// is as it was before.
	Upgrade(ctx context.Context, plugin string, by By, tell func(Progress)) (Outcome, error)
	// Release starts a plugin again that crashed too often.
	Release(ctx context.Context, plugin string, by By) (Outcome, error)
	// Apply takes over what changed in the store's files, all of it or nothing.
	// With an index it does only what the plan of that index named.
	Apply(ctx context.Context, by By, tell func(Progress)) (Outcome, error)
	// CloseDay closes a business day: the named one, or the last that is over;
	// with now, today's as of this moment.
	CloseDay(ctx context.Context, day string, now bool, by By) (Closed, error)
	// Records hands out the journal's records from a number on, each as a JSON
	// object; where follow is set, those to come too, until ctx ends.
	Records(ctx context.Context, from uint64, follow bool, yield func(Record) error) error
}

// Drift is in what a store's files differ from what runs.
type Drift struct {
	// Problems are the files' errors; what changed is not known then.
	Problems []string `json:"problems"`
	// Replaced are plugins of another source or version.
	Replaced []string `json:"replaced"`
	// Changed is all else, by address or name: what no running store takes over.
	Changed []string `json:"changed"`
}

// By says who decided and why.
type By struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason"`
	// AcceptNeeds says that plugins may be granted more of the machine than the
	// versions that run; without it such an order is refused, with the list.
	AcceptNeeds bool `json:"accept_needs,omitempty"`
	// Index is that of the plan that is to be carried out; empty for whatever
	// changed.
	Index string `json:"index,omitempty"`
}

// Progress is a step of an order.
type Progress struct {
	Stage string        `json:"stage"`
	Name  string        `json:"name,omitempty"`
	Done  bool          `json:"done,omitempty"`
	Took  time.Duration `json:"took_ns,omitempty"`
}

// Outcome is what an order came to.
type Outcome struct {
	// Changed is false where there was nothing to do.
	Changed bool `json:"changed"`
	// Plugins are those that were swapped or released.
	Plugins []Swapped `json:"plugins"`
	// Steps are what was done to devices.
	Steps []Step `json:"steps,omitempty"`
	// Late are the devices that could not be opened yet, with why. They are tried
	// again.
	Late []string `json:"late,omitempty"`
	// Adopted says that the store's definition changed with it.
	Adopted bool `json:"adopted,omitempty"`
	// Day is the business day that was closed.
	Day *Closed `json:"day,omitempty"`
}

// Closed is a business day that was closed.
type Closed struct {
	Day   string    `json:"day"`
	Until time.Time `json:"until"`
	// Sessions counts those that closed in it; Balances are its accounts.
	Sessions int             `json:"sessions"`
	Balances []event.Posting `json:"balances"`
}

// Swapped is a plugin before and after an order.
type Swapped struct {
	Plugin string `json:"plugin"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	// OutNS is for how long its devices were out, at most.
	OutNS int64 `json:"out_ns,omitempty"`
	// Added is what it is granted that the version before was not.
	Added []string `json:"added,omitempty"`
}

// Record is one record of the journal.
type Record struct {
	Seq  uint64
	At   time.Time
	Body []byte
}

// Code is a kind of failure, for machines.
type Code string

// The codes.
const (
	// CodeInvalid: the order can't be read.
	CodeInvalid Code = "invalid"
	// CodeUnknown: there is no such plugin.
	CodeUnknown Code = "unknown_plugin"
	// CodeBusy: another order is under way.
	CodeBusy Code = "busy"
	// CodeRefused: it can't be done in a running store. Nothing changed.
	CodeRefused Code = "refused"
	// CodeFailed: it was tried and undone. All is as it was before.
	CodeFailed Code = "failed"
	// CodeInternal: it broke off, and how far it came is not known.
	CodeInternal Code = "internal"
)

// Error is why an order was not carried out.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an error.
func Errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Message: fmt.Sprintf(format, args...)}
}
