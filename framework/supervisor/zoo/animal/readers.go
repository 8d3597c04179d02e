//go:build linux

package main

import (
	"context"
	"encoding/json"
	"os"
)

// readers are those that reach for what is not theirs. Each attempt is printed
// with what became of it; escapes.go and the files beside it have them.
var readers = map[string]func(){
	"escapes": func() {
		if n := len(os.Args); n > 3 { // the last one
			if err := json.Unmarshal([]byte(os.Args[n-1]), &prey); err != nil {
				say("no prey: %v", err)
			}
		}
		serve(habits{run: func(ctx context.Context, d device) error {
			for _, a := range attempts() {
				say("escape %s", a.result())
			}
			say("escapes are over")
			d.run = nil
			return d.live(ctx, d.emit)
		}})
	},
}

// prey is what the host put in reach of a plugin that is not held.
var prey struct {
	// Secret is the word that must not be found, less its last letter, which
	// the arguments would give away.
	Secret string
	// File holds it, Shm does in /dev/shm, and Dir is of another plugin.
	File, Shm, Dir string
	// Socket is a Unix socket of the host's, Abstract the name of one without a
	// file, TCP and UDP are addresses, and Key that of a System V segment.
	Socket, Abstract, TCP, UDP string
	Key                        int
	// Host and Neighbour are processes.
	Host, Neighbour int
}
