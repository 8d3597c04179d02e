package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/tools/aisle/internal/lsp"
)

func newLSP() *cobra.Command {
	var given values
	c := &cobra.Command{
		Use:   "lsp",
		Short: "Serve an editor: what is wrong, completion, hover, definitions, renaming, layout",
		Long: "Lsp is a language server for store files. An editor starts it and speaks with it over stdin and stdout (Language\n" +
			"Server Protocol 3.17). What it shows as wrong is what aisle validate says, of what is not saved yet too; config\n" +
			"blocks are checked and completed from the schemas beside the store's lock (aisle plugin lock). A device that is\n" +
			"renamed gets a moved block, so that its history goes on. It builds and starts nothing.",
		Example: "  aisle lsp\n  vim.lsp.config.aisle = { cmd = { \"aisle\", \"lsp\" }, filetypes = { \"hcl\" }, root_markers = { \"store.lock.hcl\", \".git\" } }",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			vars, err := given.variables()
			if err != nil {
				return err
			}
			if terminal(c.InOrStdin()) {
				fmt.Fprintln(c.ErrOrStderr(), "This speaks with an editor, not with people: tell yours to start it. Ctrl-D ends it.")
			}
			for i, name := range given.files {
				if given.files[i], err = filepath.Abs(name); err != nil {
					return err
				}
			}
			return lsp.Serve(c.Context(), c.InOrStdin(), c.OutOrStdout(), &lsp.Options{Version: version(), Vars: vars, VarFiles: given.files})
		},
	}
	given.flags(c)
	c.Flags().Lookup("store").Hidden = true // a fleet's stores are found by the files that are open
	return c
}
