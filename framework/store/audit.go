package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/gs1"
)

// maxDetails bounds the details of an audit, maxAuditLine a line of its books.
const (
	maxDetails   = 100
	maxAuditLine = 1 << 20
)

// AuditReport compares what a store charged with what the simulated world knows
// to be true.
type AuditReport struct {
	// Visits counts the lines of truth.jsonl, Receipts those of receipts.jsonl.
	Visits   int `json:"visits"`
	Receipts int `json:"receipts"`
	// Exact, Overcharged and Undercharged count receipts: each unit charged was
	// carried and each unit carried was charged; a unit was charged that was
	// not carried; or only some were charged.
	Exact        int `json:"exact"`
	Overcharged  int `json:"overcharged"`
	Undercharged int `json:"undercharged"`
	// InReview counts receipts with lines that were in doubt.
	InReview      int   `json:"in_review"`
	Voided        int   `json:"voided"`
	CapturedMinor int64 `json:"captured_minor"`
	// UnresolvedHolds counts holds that were neither captured nor voided.
	UnresolvedHolds int `json:"unresolved_holds"`
	// Lost counts visits that carried something and have no receipt, Doubled
	// visits that were charged, or held, more than once, and Mismatched receipts
	// whose total is not what the ledger says was captured.
	Lost       int `json:"lost"`
	Doubled    int `json:"doubled"`
	Mismatched int `json:"mismatched"`
	// Details say the first of what is wrong.
	Details []string `json:"details"`
}

// OK reports whether nobody was overcharged, and no money is unaccounted for.
func (r AuditReport) OK() bool {
	return r.Overcharged == 0 && r.UnresolvedHolds == 0 && r.Lost == 0 && r.Doubled == 0 && r.Mismatched == 0
}

type truthLine struct {
	Credential string `json:"credential"`
	Items      []struct {
		GTIN gs1.GTIN `json:"gtin"`
		Qty  int      `json:"qty"`
	} `json:"items"`
}

type ledgerLine struct {
	Credential  string `json:"credential"`
	Key         string `json:"key"`
	Op          string `json:"op"`
	AmountMinor int64  `json:"amount_minor"`
}

// visit is all that is known of one credential.
type visit struct {
	credential string
	known      bool // the truth has it
	carried    map[gs1.GTIN]int
	charged    map[gs1.GTIN]int
	receipts   []ReceiptLine

	holds, captures, voids map[string]int // times a key moved
	captured               int64
}

// Audit compares receipts.jsonl with truth.jsonl and ledger.jsonl in a data
// folder. It reads nothing else: neither the journal nor anything that the host
// believes.
func Audit(data string) (AuditReport, error) {
	a := audit{visits: map[string]*visit{}}
	var err error
	err = errors.Join(err, lines(filepath.Join(data, TruthFile), a.truth))
	err = errors.Join(err, lines(filepath.Join(data, ReceiptsFile), a.receipt))
	err = errors.Join(err, lines(filepath.Join(data, LedgerFile), a.ledger))
	if err != nil {
		return a.rep, err
	}
	for _, v := range a.order {
		a.judge(v)
	}
	if a.rep.Details == nil {
		a.rep.Details = []string{}
	}
	return a.rep, nil
}

type audit struct {
	rep    AuditReport
	visits map[string]*visit
	order  []*visit
}

func (a *audit) visit(credential string) *visit {
	v := a.visits[credential]
	if v == nil {
		v = &visit{credential: credential, carried: map[gs1.GTIN]int{}, charged: map[gs1.GTIN]int{},
			holds: map[string]int{}, captures: map[string]int{}, voids: map[string]int{}}
		a.visits[credential] = v
		a.order = append(a.order, v)
	}
	return v
}

func (a *audit) truth(l truthLine) {
	a.rep.Visits++
	v := a.visit(l.Credential)
	v.known = true
	for _, i := range l.Items {
		v.carried[i.GTIN] += i.Qty
	}
}

func (a *audit) receipt(l ReceiptLine) {
	a.rep.Receipts++
	v := a.visit(l.Credential)
	v.receipts = append(v.receipts, l)
	for _, i := range l.Lines {
		v.charged[i.GTIN] += i.Qty
	}
	if len(l.Pending)+len(l.Dropped) > 0 {
		a.rep.InReview++
	}
}

func (a *audit) ledger(l ledgerLine) {
	v := a.visit(l.Credential)
	switch l.Op {
	case "authorize":
		v.holds[l.Key]++
	case "capture":
		v.captures[l.Key]++
		v.captured += l.AmountMinor
		a.rep.CapturedMinor += l.AmountMinor
	case "void":
		v.voids[l.Key]++
		a.rep.Voided++
	case "refund":
		v.captured -= l.AmountMinor
		a.rep.CapturedMinor -= l.AmountMinor
	}
}

// judge says what is wrong with one visit.
func (a *audit) judge(v *visit) {
	over, under := compareGoods(v.charged, v.carried)
	switch {
	case len(v.receipts) == 0 && under:
		a.rep.Lost++
		a.note("%s carried %v and has no receipt", v.credential, v.carried)
	case len(v.receipts) == 0:
	case over:
		a.rep.Overcharged++
		a.note("%s carried %v and was charged for %v", v.credential, v.carried, v.charged)
	case under:
		a.rep.Undercharged++
	default:
		a.rep.Exact++
	}
	if times(v.holds) > 1 || times(v.captures) > 1 {
		a.rep.Doubled++
		a.note("%s was held %d times and charged %d times", v.credential, times(v.holds), times(v.captures))
	}
	if open := times(v.holds) - times(v.captures) - times(v.voids); open > 0 {
		a.rep.UnresolvedHolds += open
		a.note("%s has a hold that was neither captured nor voided", v.credential)
	}
	var total int64
	for _, r := range v.receipts {
		if r.State == event.PaymentCaptured {
			total += r.TotalMinor
		}
	}
	if total != v.captured {
		a.rep.Mismatched++
		a.note("%s: the receipts say %d and the ledger %d", v.credential, total, v.captured)
	}
}

func (a *audit) note(format string, args ...any) {
	if len(a.rep.Details) < maxDetails {
		a.rep.Details = append(a.rep.Details, fmt.Sprintf(format, args...))
	}
}

func times(moved map[string]int) int {
	n := 0
	for _, c := range moved {
		n += c
	}
	return n
}

// compareGoods reports whether anything was charged that was not carried, and
// whether anything carried was not charged.
func compareGoods(charged, carried map[gs1.GTIN]int) (over, under bool) {
	for g, n := range charged {
		over = over || n > carried[g]
	}
	for g, n := range carried {
		under = under || n > charged[g]
	}
	return over, under
}

// lines reads a file of JSON objects, one a line. A file that is not there has
// none, and so has a last line that was torn: its writer was killed.
func lines[T any](path string, f func(T)) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	scan := bufio.NewScanner(file)
	scan.Buffer(nil, maxAuditLine)
	var torn error
	for n := 1; scan.Scan(); n++ {
		if torn != nil {
			return torn
		}
		var v T
		if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
			torn = fmt.Errorf("%s:%d: %w", path, n, err)
			continue
		}
		f(v)
	}
	return scan.Err()
}
