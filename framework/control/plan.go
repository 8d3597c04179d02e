package control

import (
	"context"
	"encoding/json"
	"fmt"
)

// Action is what becomes of a device or a plugin.
type Action string

// The actions.
const (
	ActionAdd Action = "add"
	// ActionReopen: it is closed and opened as it is configured now.
	ActionReopen Action = "reopen"
	// ActionSwap: another plugin, driver or version takes its place.
	ActionSwap Action = "swap"
	// ActionMove: it has another address, and keeps its history.
	ActionMove   Action = "move"
	ActionRemove Action = "remove"
	// ActionChange: what the store makes of it changes; the device goes on.
	ActionChange Action = "change"
)

// Step is one thing that an apply would do.
type Step struct {
	Action  Action `json:"action"`
	Address string `json:"address"`
	// From is the address before a move.
	From string `json:"from,omitempty"`
	// What says in what it changes, such as "config" or `price 1.80 EUR -> 1.95 EUR`.
	What []string `json:"what,omitempty"`
}

// Plan is what an apply would do.
type Plan struct {
	// Index names what runs and what the files say. An apply with it is refused
	// once either has changed.
	Index string `json:"index"`
	// Problems are the files' errors; what would change is not known then.
	Problems []string `json:"problems"`
	Steps    []Step   `json:"steps"`
	// Effects are what that does to people inside and to money, in sentences.
	Effects []string `json:"effects"`
	// Restart are the parts of the files that no running store takes over: it is
	// to be stopped and run again.
	Restart []string `json:"restart"`
	// Inside is how many visits are open.
	Inside int `json:"inside"`
}

// Changes says whether there is anything to do.
func (p Plan) Changes() bool { return len(p.Steps) > 0 || len(p.Restart) > 0 }

// Plan asks what an apply would do.
func (c *Client) Plan(ctx context.Context) (p Plan, err error) {
	b, err := c.get(ctx, "/api/v1/plan")
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("the store on %s answers nonsense: %w", c.data, err)
	}
	return p, nil
}
