package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/simulate/audit"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/show"
)

// closing is what a run comes to: the last line of demo and run with --json.
// What can't be known of a store, because nobody stands outside it as a
// witness, is left out.
type closing struct {
	Store           string          `json:"store"`
	Seed            *int64          `json:"seed,omitempty"`
	Sessions        int             `json:"sessions"`
	Visits          *int            `json:"visits,omitempty"`
	Refused         int             `json:"refused,omitempty"` // visits that were not let in
	Receipts        int             `json:"receipts"`
	Exact           *int            `json:"exact,omitempty"`
	Overcharged     *int            `json:"overcharged,omitempty"`
	Undercharged    *int            `json:"undercharged,omitempty"`
	InReview        int             `json:"in_review"`
	CapturedMinor   int64           `json:"captured_minor"`
	PostedMinor     int64           `json:"posted_minor,omitempty"` // to accounts of the store's own
	Currency        string          `json:"currency"`
	Voided          int             `json:"voided"`
	UnresolvedHolds *int            `json:"unresolved_holds,omitempty"`
	Doubled         *int            `json:"doubled,omitempty"`
	OpenSessions    int             `json:"open_sessions"`
	PendingAsks     int             `json:"pending_asks"`
	JournalRecords  uint64          `json:"journal_records"`
	JournalOK       bool            `json:"journal_ok"`
	Data            string          `json:"data"`
	Changes         *[]store.Change `json:"changes,omitempty"`

	again    string // the command line that goes on
	findings []audit.Finding
	damage   error
	def      storedef.Store
}

// close sums up what a run left in its data folder.
func (h hosting) close(ctx context.Context, sum store.Summary) (closing, error) {
	c := closing{
		Store: sum.Store, Sessions: sum.Sessions, Receipts: sum.Receipts, InReview: sum.InReview, Voided: sum.Voided,
		CapturedMinor: sum.CapturedMinor, OpenSessions: sum.Open, PendingAsks: sum.Asks, Data: h.data,
		again: h.again(),
	}
	if seed, err := strconv.ParseInt(h.vars["seed"], 10, 64); err == nil {
		c.Seed = &seed
	}
	j, err := books.Open(h.data)
	if err != nil {
		return c, err
	}
	defer j.Close()
	open, err := j.Open()
	if err != nil {
		return c, err
	}
	if err := c.audit(h.data, open); err != nil {
		return c, err
	}
	if c.PostedMinor, err = posted(j); err != nil {
		return c, err
	}
	if c.Exact == nil { // nobody knows better what happened at the shelves
		changes := some(sum.Changes)
		c.Changes = &changes
	}
	r, err := store.Verify(ctx, h.data)
	c.JournalRecords, c.JournalOK, c.damage = r.Records, err == nil, err
	def, err := j.Definition()
	c.Currency, c.def = string(def.Currency), def
	return c, err
}

// posted is what was posted to accounts of the store's own, less what was given back.
func posted(j *books.Journal) (sum int64, err error) {
	err = j.Records(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			if p, ok := f.(event.HousePosted); ok {
				sum += p.Amount.Minor
			}
		}
		return nil
	})
	return sum, err
}

// audit holds the receipts against truth and ledger, where there are any. Of
// visits that are not over, which go by their credentials, nothing is judged.
func (c *closing) audit(data string, open map[string]bool) error {
	b, err := audit.Read(data)
	if err != nil {
		return err
	}
	r := audit.Audit(b, &audit.Options{Open: open})
	c.findings = r.Findings
	c.Receipts, c.InReview = r.Receipts, r.InReview
	if !b.NoTruth {
		c.Visits, c.Refused = &r.Visits, r.Refused
	}
	if !b.NoTruth && r.Unknown == 0 {
		c.Exact, c.Overcharged, c.Undercharged = &r.Exact, &r.Overcharged, &r.Undercharged
	}
	if !b.NoLedger {
		c.CapturedMinor, c.Voided = r.CapturedMinor, r.Voided
		c.UnresolvedHolds, c.Doubled = &r.UnresolvedHolds, &r.Doubled
	}
	return nil
}

// printReceipts writes the receipts of a data folder, and an empty line.
func (h hosting) printReceipts(w io.Writer) error {
	j, err := books.Open(h.data)
	if err != nil {
		return err
	}
	defer j.Close()
	if err := show.Receipts(j.Records, w); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w)
	return err
}

// print says it in words.
func (c closing) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %s", count(c.Sessions, "visit"), count(c.Receipts, "receipt"))
	if c.Exact != nil {
		fmt.Fprintf(w, ": %d exact, %d overcharged, %d undercharged", *c.Exact, *c.Overcharged, *c.Undercharged)
	}
	fmt.Fprintf(w, "; %d with lines in doubt.\n", c.InReview)
	fmt.Fprintf(w, "Captured %s in all; %s released", amount(c.CapturedMinor, c.Currency), count(c.Voided, "hold"))
	if c.UnresolvedHolds != nil {
		fmt.Fprintf(w, ", %d unresolved", *c.UnresolvedHolds)
	}
	fmt.Fprintln(w, ".")
	if c.PostedMinor > 0 {
		fmt.Fprintf(w, "Posted to accounts of the store's own: %s.\n", amount(c.PostedMinor, c.Currency))
	}
	if c.Refused > 0 {
		fmt.Fprintf(w, "Not let in: %s; aisle journal show %s says why.\n", count(c.Refused, "visit"), quoted(c.Data))
	}
	for _, f := range c.findings {
		for _, line := range told(f, c.def) {
			fmt.Fprintf(w, "  Visit of %s: %s\n", f.Credential, line)
		}
	}
	if c.OpenSessions > 0 {
		are := "are"
		if c.OpenSessions == 1 {
			are = "is"
		}
		fmt.Fprintf(w, "%s %s still open; run again to go on: %s\n", count(c.OpenSessions, "visit"), are, c.again)
	}
	if c.JournalOK {
		fmt.Fprintf(w, "The journal is sound: %d records.\n", c.JournalRecords)
	}
	fmt.Fprintf(w, "Everything is in %s\n", c.Data)
}

// verdict is the error to end with: a journal that isn't sound.
func (c closing) verdict() error {
	if !c.JournalOK {
		return fmt.Errorf("the journal in %s is not sound: %w", c.Data, c.damage)
	}
	return nil
}

// prices are a store's unit prices by GTIN.
func prices(s storedef.Store) map[string]int64 {
	all := map[string]int64{}
	for _, p := range s.Products {
		all[string(p.GTIN)] = p.Price.Minor
	}
	return all
}
