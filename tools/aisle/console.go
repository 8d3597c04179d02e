package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/hcl/storefile"
)

// evaluated is a line of the console, for programs.
type evaluated struct {
	Expression string              `json:"expression"`
	Value      json.RawMessage     `json:"value"`
	Type       string              `json:"type,omitempty"`
	Text       string              `json:"text,omitempty"`
	Problems   *storefile.Problems `json:"problems,omitempty"`
}

func newConsole() *cobra.Command {
	var asJSON bool
	var given values
	c := &cobra.Command{
		Use:   "console DIR",
		Short: "Evaluate expressions as a store's files do: variables, locals, functions, references",
		Long: "Console reads expressions from stdin, one a line, and prints what each gives in the scope of the store's own\n" +
			"blocks. It needs no terminal. It builds and starts nothing; secrets are not shown, and what is known only when\n" +
			"the store runs, such as the address of a peer, says so. It ends with 1 if an expression was wrong.",
		Example: "  echo 'local.cooler[0]' | aisle console examples/corner\n  aisle console examples/corner --json < expressions.txt",
		Args:    needs("the store's folder"),
		RunE: func(c *cobra.Command, args []string) error {
			vars, err := given.variables()
			if err != nil {
				return err
			}
			d, problems, err := store.Validate(c.Context(), args[0], vars, &store.ValidateOptions{Store: given.store, VarFiles: given.files, NoPlugins: true})
			if err != nil {
				return err
			}
			if errs, _ := problems.Count(); errs > 0 {
				fmt.Fprintf(c.ErrOrStderr(), "The store has %s (aisle validate shows them); what they touch is not known here.\n", count(errs, "error"))
			}
			return console(c, d, asJSON)
		},
	}
	given.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "one object a line")
	return c
}

func console(c *cobra.Command, d *storefile.Definition, asJSON bool) error {
	people := terminal(c.InOrStdin()) && !asJSON
	wrong := false
	lines := bufio.NewScanner(c.InOrStdin())
	lines.Buffer(make([]byte, 0, 4<<10), 2*storefile.MaxExpression)
	for {
		if people {
			fmt.Fprint(c.ErrOrStderr(), "> ")
		}
		if !lines.Scan() {
			break
		}
		line := strings.TrimSpace(lines.Text())
		if line == "exit" && people {
			break
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		v, problems := d.Eval(line)
		wrong = wrong || problems.HasErrors()
		if err := printValue(c, line, v, problems, asJSON); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("aisle console: %w", err)
	}
	if wrong && !people {
		return errTold
	}
	return nil
}

func printValue(c *cobra.Command, line string, v storefile.Value, problems storefile.Problems, asJSON bool) error {
	switch {
	case asJSON && problems.HasErrors():
		return object(c.OutOrStdout(), evaluated{Expression: line, Problems: &problems})
	case asJSON:
		return object(c.OutOrStdout(), evaluated{Expression: line, Value: v.JSON, Type: v.Type, Text: v.Text})
	case problems.HasErrors():
		return storefile.Print(c.ErrOrStderr(), problems, colour(c.ErrOrStderr()))
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), v.Text)
	return errors.Join(err, storefile.Print(c.ErrOrStderr(), problems, colour(c.ErrOrStderr())))
}
