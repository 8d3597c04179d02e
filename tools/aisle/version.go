package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which version this is",
		Long:    "Version says which version of Aisle this is, the commit that it was built from where that is known, and Go's.",
		Example: "  aisle version",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), version())
			return err
		},
	}
}

// version is what the go command wrote into this program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return versionOf(info)
}

// revisionKept is how much of a commit's name is told.
const revisionKept = 12

func versionOf(info *debug.BuildInfo) string {
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	text := "aisle " + cmp.Or(info.Main.Version, "(devel)")
	if r := set["vcs.revision"]; r != "" {
		text += ", commit " + r[:min(revisionKept, len(r))]
		if set["vcs.modified"] == "true" {
			text += " with changes"
		}
	}
	return text + ", " + cmp.Or(info.GoVersion, runtime.Version()) + ", " + runtime.GOOS + "/" + runtime.GOARCH
}
