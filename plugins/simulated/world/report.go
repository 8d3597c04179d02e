package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/openaisle/aisle/plugins/simulated/internal/processor"
	"github.com/openaisle/aisle/plugins/simulated/internal/store"
	"github.com/openaisle/aisle/sdk/money"
)

// reportColumns are those of the report that aisle reconcile reads.
var reportColumns = []string{"id", "type", "reference", "parent_reference", "key", "amount", "currency", "created", "status"}

// reportTypes are the movements of a report. A hold that was raised is still the
// one hold, with the amount that it began with.
var reportTypes = map[string]string{processor.Authorize: "authorization", processor.Capture: "capture", processor.Void: "void", processor.Refund: "refund"}

// report writes the processor's own report of a data folder's ledger, as a
// processor gives one to a shop: it knows nothing of what the host believes.
func report(data string, to io.Writer) (err error) {
	f, err := os.Open(filepath.Join(data, store.LedgerFile))
	if err != nil {
		return fmt.Errorf("there is no ledger to report: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := csv.NewWriter(to)
	if err := out.Write(reportColumns); err != nil {
		return err
	}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		var e processor.Entry
		if err := json.Unmarshal(in.Bytes(), &e); err != nil {
			return fmt.Errorf("ledger, line %d: %w", n, err)
		}
		kind, reported := reportTypes[e.Op]
		if !reported {
			continue
		}
		amount := money.New(e.Minor, money.Currency(e.Currency))
		if err := out.Write([]string{fmt.Sprintf("txn_%d", n), kind, e.Reference, e.Parent, e.Key, amount.Decimal(), e.Currency, e.At, "succeeded"}); err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(in.Err(), out.Error())
}
