package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// commandDir is the folder of this command in the module's tree.
const commandDir = "tools/aisle"

// simulated is the peer of a store in which all is simulated, by its name in
// the examples.
const simulated = "world"

// self is how this command was started, for lines that people copy. One that
// the go command built for this time only is gone when they do.
func self() string {
	at, err := os.Getwd()
	if err != nil {
		at = ""
	}
	return selfOf(os.Args[0], at)
}

// selfOf is self of an argument 0 and a working directory.
func selfOf(arg0, at string) string {
	if !strings.Contains(filepath.ToSlash(arg0), "/go-build") {
		return quoted(arg0)
	}
	for dir := at; dir != "" && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if !isModule(dir) {
			continue
		}
		if rel, err := filepath.Rel(at, filepath.Join(dir, filepath.FromSlash(commandDir))); err == nil {
			if rel = filepath.ToSlash(rel); !strings.HasPrefix(rel, ".") {
				rel = "./" + rel
			}
			return "go run " + quoted(rel)
		}
	}
	return "go run " + modulePath + "/" + commandDir
}

// again is the command line that goes on with a data folder. Its variables are
// remembered there.
func (h hosting) again() string { return h.remembered().line(h.data) }

// remembered is what a later run is to know.
func (h hosting) remembered() remembered {
	r := remembered{Dir: h.dir, Store: h.store, Vars: h.vars, VarFiles: h.varFiles, HTTP: h.http, CA: h.ca, UntilIdle: h.untilIdle, Log: h.log.to}
	if h.log.level != defaultLevel {
		r.LogLevel = h.log.level
	}
	return r
}

// line is the command line that runs a store on a data folder as it was run.
func (r remembered) line(data string) string {
	line := self() + " run " + quoted(r.Dir) + " --data " + quoted(data)
	if r.UntilIdle {
		line += " --until-idle"
	}
	for _, f := range []struct{ flag, value string }{{"store", r.Store}, {"http", r.HTTP}, {"ca", r.CA}, {"log", r.Log}, {"log-level", r.LogLevel}} {
		if f.value != "" {
			line += " --" + f.flag + " " + quoted(f.value)
		}
	}
	return line
}

// sayAgain says where a run is written down and how to go on with it after it
// was killed.
func (h hosting) sayAgain(w io.Writer) {
	fmt.Fprintf(w, "Data folder: %s\nTo go on after a crash: %s\n", h.data, h.again())
}

// sayPeers says what outlives a run that was told to stop, and how to end it.
// Simulated worlds end by themselves; see their flag --linger.
func (h hosting) sayPeers(w io.Writer, peers map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(peers)) {
		what := "Peer " + name + " goes on, so that the store can come back"
		if name == simulated {
			what = "The simulated world goes on for 10 min so that the store can come back"
		}
		fmt.Fprintf(w, "%s; end it with: kill %d\n", what, peers[name])
	}
}

// quoted writes a word so that a shell takes it for one.
func quoted(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:=@%,", r)
	}
	if word != "" && strings.TrimFunc(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
