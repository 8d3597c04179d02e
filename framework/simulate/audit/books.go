package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a data folder.
const (
	ReceiptsFile = "receipts.jsonl"
	TruthFile    = "truth.jsonl"
	LedgerFile   = "ledger.jsonl"
)

// maxLine bounds one line of a file.
const maxLine = 4 << 20

// Books are what the three files say, line by line.
type Books struct {
	Receipts []Receipt
	Truth    []Visit
	Ledger   []Movement
	// NoTruth and NoLedger say that there is no such file: nobody stands
	// outside this store as a witness.
	NoTruth, NoLedger bool
}

// Receipt is a version of a receipt. A later line of the same session takes the
// place of an earlier one.
type Receipt struct {
	Session    string            `json:"session"`
	Credential string            `json:"credential"`
	Lines      []ReceiptLine     `json:"lines"`
	Pending    []json.RawMessage `json:"pending"`
	// Dropped were pending once and ended in the shopper's favour.
	Dropped    []json.RawMessage `json:"dropped"`
	TotalMinor int64             `json:"total_minor"`
	State      string            `json:"state"`
	// House is the class of the store's own accounts that it is posted to: no
	// processor is asked, and its ledger says nothing of it.
	House string `json:"house"`
}

// ReceiptLine is what was charged of one product.
type ReceiptLine struct {
	GTIN        string `json:"gtin"`
	Qty         int64  `json:"qty"`
	AmountMinor int64  `json:"amount_minor"`
	// MassMg is what is paid of weighed goods, in milligrams, and UnitMinor what a
	// kilogram of them costs.
	MassMg    int64 `json:"mass_mg"`
	UnitMinor int64 `json:"unit_minor"`
}

// Visit is what one visit owes for.
type Visit struct {
	Credential string `json:"credential"`
	// Items is nil where the world can't know: real goods on real shelves.
	Items []Item `json:"items"`
	// Entered is false for who was never let in; a world that doesn't tell
	// leaves it out.
	Entered *bool `json:"entered"`
}

// Item is units of one product.
type Item struct {
	GTIN string `json:"gtin"`
	Qty  int64  `json:"qty"`
	// MassMg is that of all of them, of goods that are paid for by their mass.
	MassMg int64 `json:"mass_mg"`
}

// Movement is money that really moved, or was held or released.
type Movement struct {
	Credential  string `json:"credential"`
	Key         string `json:"key"`
	Op          string `json:"op"`
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
	// Reference and Parent tie a movement to its hold, where a ledger has them.
	Reference string `json:"reference"`
	Parent    string `json:"parent"`
}

// The operations of a ledger.
const (
	opAuthorize = "authorize"
	opCapture   = "capture"
	opVoid      = "void"
	opRefund    = "refund"
)

// hold names the hold that a movement belongs to: its own reference, that of
// its parent, or in a ledger without references the visit's credential.
func (m Movement) hold() string {
	switch {
	case m.Parent != "":
		return m.Parent
	case m.Reference != "":
		return m.Reference
	}
	return m.Credential
}

// Read reads the books of a data folder. A store without receipts has none yet.
func Read(dir string) (Books, error) {
	var b Books
	var err error
	if b.Receipts, _, err = lines[Receipt](dir, ReceiptsFile); err != nil {
		return b, err
	}
	if b.Truth, b.NoTruth, err = lines[Visit](dir, TruthFile); err != nil {
		return b, err
	}
	b.Ledger, b.NoLedger, err = lines[Movement](dir, LedgerFile)
	return b, err
}

// lines reads a file of JSON lines. A last line without its end was cut short
// by a crash and is passed over: nobody was ever told of it.
func lines[T any](dir, name string) (all []T, none bool, err error) {
	f, err := os.Open(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, maxLine)
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return all, false, nil
		}
		if err != nil {
			return nil, false, fmt.Errorf("%s line %d: %w", name, n, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return nil, false, fmt.Errorf("%s line %d: %w", name, n, err)
		}
		all = append(all, v)
	}
}
