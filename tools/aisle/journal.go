package main

import (
	"encoding/hex"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/show"
)

func newJournal() *cobra.Command {
	return group("journal", "Verify, show and export what a store has written down",
		"  aisle journal verify DATA\n  aisle journal show DATA --session 3\n  aisle journal export DATA >journal.jsonl",
		newJournalVerify(), newJournalShow(), newJournalExport())
}

// verdict is what journal verify says to machines.
type verdict struct {
	OK        bool   `json:"journal_ok"`
	Records   uint64 `json:"journal_records"`
	Snapshots uint64 `json:"snapshots"`
	Bytes     uint64 `json:"bytes"`
	Hash      string `json:"hash"`
	// Sales and Pages are the records up to which what is kept beside the journal is
	// what the records fold to.
	Sales uint64 `json:"sales_upto,omitempty"`
	Pages uint64 `json:"pages_upto,omitempty"`
}

func newJournalVerify() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify DATA",
		Short: "Prove that nothing in a journal was changed",
		Long: "Verify walks the chain of hashes from the first record to the last, and proves that every snapshot is\n" +
			"what the records before it fold to, and so is what is kept beside it of sales that are over and of the pages.\nKeep the hash elsewhere to prove later that nothing was cut off.",
		Example: "  aisle journal verify /var/lib/aisle/corner",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := books.Path(args[0])
			if err != nil {
				return err
			}
			r, err := store.Verify(c.Context(), path)
			if err != nil {
				return err
			}
			v := verdict{true, r.Records, r.Snapshots, r.Bytes, hex.EncodeToString(r.Hash[:]), r.Sales, r.Pages}
			if asJSON {
				return object(c.OutOrStdout(), v)
			}
			fmt.Fprintf(c.OutOrStdout(), "The journal is sound: %d records, %d snapshots, %d of them compared with the fold, %d bytes.\nLast hash: %s\n",
				r.Records, r.Snapshots, r.States, r.Bytes, v.Hash)
			for _, k := range []struct {
				what string
				upto uint64
			}{{"sales that are over", r.Sales}, {"the pages", r.Pages}} {
				if k.upto > 0 {
					fmt.Fprintf(c.OutOrStdout(), "What is kept beside it of %s is what the records fold to, up to record %d.\n", k.what, k.upto)
				}
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one object in place of words")
	return c
}

func newJournalShow() *cobra.Command {
	var o show.Options
	c := &cobra.Command{
		Use:   "show DATA",
		Short: "Tell what happened, a line each",
		Long: "Show tells what happened in sentences, oldest first. With --all it names every input and every fact that\n" +
			"followed from it, those included that only matter to machines.",
		Example: "  aisle journal show DATA\n  aisle journal show DATA --session 3 --all\n  aisle journal show DATA --session 7f3a --json",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			j, err := books.Open(args[0])
			if err != nil {
				return err
			}
			defer j.Close()
			return show.Show(j.Records, c.OutOrStdout(), o)
		},
	}
	c.Flags().StringVar(&o.Session, "session", "", "only this visit: its `NUMBER` in the journal, or the beginning of its id")
	c.Flags().BoolVar(&o.All, "all", false, "every input and every fact")
	c.Flags().BoolVar(&o.JSON, "json", false, "whole records, one object a line")
	return c
}

func newJournalExport() *cobra.Command {
	return &cobra.Command{
		Use:     "export DATA",
		Short:   "Write all records as JSON, one object a line",
		Long:    "Export writes every record: seq, at, hash, input and facts. The hash is that of the chain at the record.",
		Example: "  aisle journal export DATA >journal.jsonl",
		Args:    needs("the data folder"),
		RunE: func(c *cobra.Command, args []string) error {
			path, err := books.Path(args[0])
			if err != nil {
				return err
			}
			return store.Export(c.Context(), path, c.OutOrStdout())
		},
	}
}
