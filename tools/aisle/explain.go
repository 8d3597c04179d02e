package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/hcl/storefile"
)

func newExplain() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "explain [CODE]",
		Short:   "Say what the code of a problem means",
		Long:    "Explain says what a code in brackets behind a problem means, with what is wrong and how it is right. Without one it\nlists all codes.",
		Example: "  aisle explain unknown_reference\n  aisle explain",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var codes []string
			for _, e := range storefile.Explanations() {
				codes = append(codes, e.Code)
			}
			return codes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			all := storefile.Explanations()
			if len(args) == 1 {
				e, near, ok := storefile.Explain(strings.Trim(args[0], "()"))
				if !ok && near != "" {
					return fmt.Errorf("aisle explain: there is no code %q; did you mean %s?", args[0], near)
				}
				if !ok {
					return fmt.Errorf("aisle explain: there is no code %q; aisle explain lists all", args[0])
				}
				all = []storefile.Explanation{e}
			}
			for _, e := range all {
				if asJSON {
					if err := object(c.OutOrStdout(), e); err != nil {
						return err
					}
					continue
				}
				if len(args) == 0 {
					fmt.Fprintf(c.OutOrStdout(), "%-20s %s\n", e.Code, firstSentence(e.Means))
					continue
				}
				printExplanation(c.OutOrStdout(), e)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one object a line")
	return c
}

func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}

func printExplanation(w io.Writer, e storefile.Explanation) {
	fmt.Fprintf(w, "%s\n\n%s\n", e.Code, e.Means)
	for _, example := range []struct{ title, text string }{{"Wrong", e.Wrong}, {"Right", e.Right}} {
		if example.text != "" {
			fmt.Fprintf(w, "\n%s:\n\n  %s\n", example.title, strings.ReplaceAll(example.text, "\n", "\n  "))
		}
	}
}
