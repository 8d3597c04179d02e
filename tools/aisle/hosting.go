package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/store"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/view/term"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
)

// openLine is what demo and run say on stderr once the store is open. The drill
// waits for it.
const openLine = "The store is open."

// hosting is a store to run, by demo or by run.
type hosting struct {
	dir, data, http string
	// store is which of a fleet it is.
	store string
	// ca is the folder of the host's certificates; empty for the user's own.
	ca   string
	vars map[string]string
	// varFiles are files of values.
	varFiles []string
	// acceptPrices lets prices that changed a hundredfold come into force.
	acceptPrices bool
	// patience stretches the plugins' deadlines.
	patience int
	// untilIdle ends the run when nothing is left to happen.
	untilIdle bool
	// live shows the store in the terminal while it runs.
	live bool
	// lines writes what happens to stderr, where it isn't live; of the others
	// failures are written.
	lines bool
	log   logging
	// say is called once, before the data folder holds what can be gone on
	// with; nil for nothing.
	say func()
}

// run runs the store to its end and gives what it left. What takes long is told
// on stderr.
func (h hosting) run(c *cobra.Command) (store.Summary, error) {
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	var secrets store.Secrets
	log, closeLog, err := h.log.open(h.data, c.ErrOrStderr(), secrets.Writer)
	if err != nil {
		return store.Summary{}, err
	}
	defer closeLog()
	defer store.CollectRarely()()
	told := &teller{w: c.ErrOrStderr()}
	var screen sync.WaitGroup
	sum, err := store.Run(ctx, store.Options{
		Dir: h.dir, Store: h.store, Vars: h.vars, VarFiles: h.varFiles, Data: h.data, CA: h.ca, AcceptPrices: h.acceptPrices, Patience: h.patience, UntilIdle: h.untilIdle, HTTP: h.http, Announce: announceTo(),
		Log: log, Secrets: &secrets,
		Progress: func(p store.Progress) {
			told.progress(p)
			if p.Stage == "peer" || p.Stage == "recover" {
				told.keep(h.remember())
				if h.say != nil {
					h.say()
					h.say = nil
				}
			}
		},
		Warn: func(ps storefile.Problems) {
			told.keep(storefile.Print(told, ps, colour(c.ErrOrStderr())))
			told.line("The store opens without what is wrong. Mend it, then run: aisle plugin release NAME --data " + h.data)
		},
		Ready: func(r store.Running) {
			told.line(openLine)
			if r.Head > 0 {
				told.line("Going on with " + count(r.Open, "open visit") + ".")
			}
			if r.URL != "" {
				told.line("Its page is at " + r.URL)
			}
			if _, err := supervisor.LauncherPath(); err != nil {
				told.line("Warning: plugins run without a sandbox, for " + err.Error() + ". Put aisle-launcher, which is built with aisle, into the folder of aisle.")
			}
			if h.live {
				screen.Go(func() { told.keep(term.Run(ctx, r.View, os.Stdout, &term.Options{URL: r.URL})) })
				return
			}
			screen.Go(func() {
				told.keep(term.Run(ctx, r.View, told, &term.Options{Plain: true, Failures: !h.lines, After: r.Head}))
			})
		},
	})
	cancel()
	screen.Wait()
	var problems *store.ProblemsError
	if errors.As(err, &problems) {
		return sum, printProblems(c.ErrOrStderr(), h.dir, problems.Problems)
	}
	return sum, errors.Join(err, told.err)
}

// announceTo is where a store notes that it runs; empty where this user has no
// place for that, and commands then must name the data folder.
func announceTo() string {
	folder, err := control.Folder()
	if err != nil {
		return ""
	}
	return folder
}

// tellAfter is how long something takes before it is worth a line.
const tellAfter = 400 * time.Millisecond

// teller tells on stderr what takes long.
type teller struct {
	w     io.Writer
	mu    sync.Mutex
	waits map[string]*time.Timer
	err   error
}

func (t *teller) line(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.w, s)
}

// Write lets others write between its lines.
func (t *teller) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(b)
}

// keep keeps the first error of what runs beside the store.
func (t *teller) keep(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}

// stages are the stages of store.Progress in words.
var stages = map[string][2]string{
	"load": {"Reading", "Read"}, "build": {"Building", "Built"}, "describe": {"Asking plugin", "Asked plugin"},
	"peer": {"Starting peer", "Started peer"}, "recover": {"Recovering", "Recovered"},
	"open": {"Opening the devices of", "Opened the devices of"},
}

func (t *teller) progress(p store.Progress) {
	words, ok := stages[p.Stage]
	if !ok {
		words = [2]string{p.Stage, p.Stage}
	}
	key := p.Stage + " " + p.Name
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waits == nil {
		t.waits = map[string]*time.Timer{}
	}
	if !p.Done {
		t.waits[key] = time.AfterFunc(tellAfter, func() { t.line(strings.TrimSpace(words[0]+" "+p.Name) + " ...") })
		return
	}
	if w := t.waits[key]; w != nil && !w.Stop() {
		fmt.Fprintf(t.w, "%s in %.1f s\n", strings.TrimSpace(words[1]+" "+p.Name), p.Took.Seconds())
	}
	delete(t.waits, key)
}

// remembered is what a data folder was run with. A later run goes on with its
// variables without being told again; the rest is for the line that starts it.
type remembered struct {
	Dir       string            `json:"dir"`
	Store     string            `json:"store,omitempty"`
	Vars      map[string]string `json:"vars"`
	VarFiles  []string          `json:"var_files,omitempty"`
	HTTP      string            `json:"http,omitempty"`
	CA        string            `json:"ca,omitempty"`
	UntilIdle bool              `json:"until_idle,omitempty"`
	Log       string            `json:"log,omitempty"`
	LogLevel  string            `json:"log_level,omitempty"`
}

const rememberedFile = "run.json"

// remember writes down what a data folder is run with. Paths are written so
// that they hold wherever somebody starts it from.
func (h hosting) remember() error {
	r := h.remembered()
	// A sensitive variable is given again each time, or comes by reference.
	def, _ := storefile.Load(h.dir, &storefile.Options{Store: h.store, Vars: h.vars, VarFiles: h.varFiles}) // the store was just read, and told what is wrong
	r.Vars = maps.Clone(r.Vars)
	maps.DeleteFunc(r.Vars, func(name, _ string) bool { return slices.Contains(def.Sensitive, name) })
	for _, path := range []*string{&r.Dir, &r.CA, &r.Log} {
		if *path == "" || *path == "-" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		*path = abs
	}
	r.VarFiles = slices.Clone(r.VarFiles)
	for i, path := range r.VarFiles {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		r.VarFiles[i] = abs
	}
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temp := filepath.Join(h.data, rememberedFile+".new")
	if err := os.WriteFile(temp, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(h.data, rememberedFile))
}

// recall reads what a data folder was run with; nothing where it never was.
func recall(data string) (remembered, error) {
	var r remembered
	b, err := os.ReadFile(filepath.Join(data, rememberedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", filepath.Join(data, rememberedFile), err)
	}
	return r, nil
}

// hasJournal reports whether a store ran on a data folder before.
func hasJournal(data string) bool {
	_, err := os.Stat(filepath.Join(data, books.File))
	return err == nil
}
