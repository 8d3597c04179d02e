package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
)

// dataVariable names the data folder of commands that reach a running store and
// are not told which.
const dataVariable = "AISLE_DATA_DIR"

// attached is the flags of a command that reaches a running store.
type attached struct {
	data   string
	reason string
	actor  string
}

// dataFlag adds the flag that says which store.
func (a *attached) dataFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.data, "data", "", "data `folder` of the store (default: $"+dataVariable+", or that of the only store of yours that runs)")
}

// byFlags adds the flags that say who decides and why.
func (a *attached) byFlags(c *cobra.Command, reason string) {
	c.Flags().StringVar(&a.actor, "actor", "", "`who` decides (default: the user who calls)")
	c.Flags().StringVar(&a.reason, "reason", reason, "`why`; both are logged")
}

// folder gives the data folder: the one that is named, or that of the only
// store that runs.
func (a *attached) folder(ctx context.Context) (string, error) {
	data := a.data
	if data == "" {
		data = envData()
	}
	if data != "" {
		return filepath.Abs(data)
	}
	folder, err := control.Folder()
	if err != nil {
		return "", err
	}
	running, ended := control.Running(ctx, folder)
	switch len(running) {
	case 0:
		return "", errors.New("no store of yours runs on this machine" + startAgain(ended))
	case 1:
		return running[0], nil
	default:
		return "", fmt.Errorf("%d stores run on this machine: say which one with --data\n  %s", len(running), strings.Join(running, "\n  "))
	}
}

// envData is the data folder that the environment names.
func envData() string { return os.Getenv(dataVariable) }

// client gives a client of the running store.
func (a *attached) client(ctx context.Context) (*control.Client, string, error) {
	data, err := a.folder(ctx)
	if err != nil {
		return nil, "", err
	}
	return control.NewClient(data), data, nil
}

// by says who decides.
func (a *attached) by() (control.By, error) {
	if a.actor == "" {
		u, err := user.Current()
		if err != nil {
			return control.By{}, errors.New("--actor is missing: who decides this?")
		}
		a.actor = u.Username
	}
	return control.By{Actor: a.actor, Reason: a.reason}, nil
}

// explained adds to an error of reaching a store what to do about it.
func explained(err error) error {
	var none *control.NotRunningError
	if errors.As(err, &none) {
		return fmt.Errorf("%w\nStart it: %s", err, startLine(none.Data))
	}
	return err
}

// maxEnded is how many stores are named that ended without being stopped.
const maxEnded = 3

// startAgain says how to start stores that ended without being stopped, or any.
func startAgain(ended []string) string {
	if len(ended) == 0 {
		return ": say which one with --data, or start one: " + self() + " run DIR --data DATA"
	}
	text := "; what was killed goes on with:"
	for _, data := range ended[:min(len(ended), maxEnded)] {
		text += "\n  " + startLine(data)
	}
	return text
}

// startLine is the command that runs a store on a data folder, as it was last.
func startLine(data string) string {
	last, err := recall(data)
	if err != nil || last.Dir == "" { // it never ran, or nobody can read how
		return self() + " run DIR --data " + quoted(data)
	}
	return last.line(data)
}

// tellSteps writes the steps of an order to stderr.
func tellSteps(c *cobra.Command) func(control.Progress) {
	words := map[string]string{
		"load": "Read", "build": "Built", "describe": "Asked", "swap": "Swapped", "adopt": "Adopted the definition of",
	}
	return func(p control.Progress) {
		word, known := words[p.Stage]
		if !p.Done || !known {
			return
		}
		fmt.Fprintf(c.ErrOrStderr(), "%s %s in %.2f s\n", word, p.Name, p.Took.Seconds())
	}
}

// ago writes how long ago something was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	d := max(0, now.Sub(t))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours())/24)
}
