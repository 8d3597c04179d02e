package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// errTold ends a command with exit code 1 whose reason was already written.
var errTold = errors.New("already told")

// exitCode ends a command with another exit code than 1; why was already
// written.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("ended with %d", int(c)) }

// execute runs one command line and gives the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(twoDashes(args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.Is(err, errTold):
	default:
		printError(stderr, err)
	}
	return 1
}

// oneDash is a flag as Terraform has it: -check, -var=a=b.
var oneDash = regexp.MustCompile(`^-[a-z][a-z0-9-]+(=|$)`)

// twoDashes gives flags of one dash their other. Flags of one letter, -h and -o,
// take their value behind a blank, so that nothing else can be meant.
func twoDashes(args []string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if a == "--" {
			break
		}
		if oneDash.MatchString(a) {
			out[i] = "-" + a
		}
	}
	return out
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "aisle",
		Short: "Run a shop without a checkout",
		Long: "Aisle runs a shop without a checkout: it loads each vendor's devices as plugins, wires them\n" +
			"together from a store definition in HCL, and turns what they report into carts, charges and receipts.",
		Example:       "  aisle demo\n  aisle validate examples/corner\n  aisle run examples/corner --data /var/lib/aisle/corner",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%s: %w\nTry: %s --help", c.CommandPath(), err, c.CommandPath())
	})
	root.AddCommand(
		newDemo(), newRun(), newValidate(), newTest(), newCheckPlanogram(), newExplain(), newFmt(), newJournal(), newReplay(), newPlugin(),
		newAgent(), newDevices(), newDoctor(), newEvents(), newPlan(), newApply(), newDrift(), newDrill(), newReview(), newRefund(), newDispute(), newDebt(), newAlarm(), newEnrol(), newWhy(), newSim(), newBench(), newVersion(),
	)
	root.AddCommand(newLedger(), newCloseDay(), newReconcile())
	root.AddCommand(newLSP(), newGraph(), newConsole(), newInit(), newDocs())
	return root
}

// group is a command that only holds others. A mistyped one is an error.
func group(use, short, example string, of ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Example: example, RunE: func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return fmt.Errorf("%s: there is no command %q\nTry: %s --help", c.CommandPath(), args[0], c.CommandPath())
	}}
	c.AddCommand(of...)
	return c
}

// needs says what a command wants in place of flags.
func needs(what ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(what) {
			return nil
		}
		if len(args) > len(what) {
			return fmt.Errorf("%s: %q is one argument too many\nTry: %s --help", c.CommandPath(), args[len(what)], c.CommandPath())
		}
		return fmt.Errorf("%s: %s is missing\nTry: %s --help", c.CommandPath(), what[len(args)], c.CommandPath())
	}
}

// values are the flags that give variables their values.
type values struct {
	vars, files []string
	store       string
}

func (v *values) flags(c *cobra.Command) {
	c.Flags().StringVar(&v.store, "store", "", "which store of a fleet, by `NAME`")
	c.Flags().StringArrayVar(&v.vars, "var", nil, "a variable of the store, as `NAME=VALUE`")
	c.Flags().StringArrayVar(&v.files, "var-file", nil, "a `file` with name = value lines, read after store.storevars and *.auto.storevars")
}

// variables reads --var NAME=VALUE flags.
func (v *values) variables() (map[string]string, error) {
	vars := map[string]string{}
	for _, f := range v.vars {
		name, value, ok := strings.Cut(f, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--var %q: write it as NAME=VALUE", f)
		}
		if _, twice := vars[name]; twice {
			return nil, fmt.Errorf("--var %s is given twice", name)
		}
		vars[name] = value
	}
	return vars, nil
}
