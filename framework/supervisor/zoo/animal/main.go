//go:build linux

// The animal command is a plugin that misbehaves, in the way that its first
// argument names. It is what package zoo lets loose on the plugin host.
//
// An animal is made of the SDK where it looks normal until it misbehaves
// (tame.go), and of bare gRPC, HTTP/2 or nothing at all where the SDK would not
// let it (wild.go, frames.go). It never harms the machine beyond what the host
// is there to prevent: what eats has an end of its own.
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// animals are all there are, by name.
func animals() map[string]func() {
	all := map[string]func(){}
	for _, group := range []map[string]func(){
		tame, starts, crashes, hangs, forks, floods, forgeries, messages, answers, eaters, readers,
	} {
		maps.Copy(all, group)
	}
	return all
}

// name is the animal's, and token the word by which whatever it leaves behind is
// found: each of its children has it among its arguments.
var name, token = "", ""

func main() {
	all := animals()
	if len(os.Args) == 2 && os.Args[1] == "list" {
		for _, n := range slices.Sorted(maps.Keys(all)) {
			fmt.Println(n)
		}
		return
	}
	if len(os.Args) == 1 {
		// An agent gives its plugins no arguments: there they are in the name of
		// the program's file.
		os.Args = append(os.Args, strings.Split(filepath.Base(os.Args[0]), "@")...)
	}
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	if len(os.Args) > 2 {
		token = os.Args[2]
	}
	if name == childName {
		child(os.Args[3:])
		return
	}
	f, ok := all[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "there is no animal %q; say list\n", name)
		os.Exit(64)
	}
	f()
}

// waitForEver waits for ever, whatever it is told. (The runtime would see that
// nothing else can happen, and end the program, if it waited for nothing.)
func waitForEver() {
	for {
		time.Sleep(time.Hour)
	}
}

// say prints a line for the operator.
func say(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) }
