package main

import (
	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/tools/aisle/internal/floorplan"
)

func newGraph() *cobra.Command {
	var svg bool
	var given values
	c := &cobra.Command{
		Use:   "graph DIR",
		Short: "Draw a store: a graph in DOT, or a plan of zones and devices in SVG",
		Long: "Graph writes a store as a graph for Graphviz: which device is in which zone, serves which gate, sees what. With\n" +
			"--svg it is a plan that a browser shows. The files don't say where in a zone a device is, so it is not to scale.",
		Example: "  aisle graph examples/corner | dot -Tpng > corner.png\n  aisle graph --svg examples/corner > corner.svg",
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
			if err := printProblems(c.ErrOrStderr(), args[0], problems); err != nil {
				return err
			}
			if svg {
				return floorplan.SVG(c.OutOrStdout(), &d.Store)
			}
			return floorplan.DOT(c.OutOrStdout(), &d.Store)
		},
	}
	given.flags(c)
	c.Flags().BoolVar(&svg, "svg", false, "a plan of zones and devices")
	return c
}
