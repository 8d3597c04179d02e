package main

import "context"

// readers are those that reach for what is not theirs. Each attempt is printed
// with what became of it; escapes.go has them.
var readers = map[string]func(){
	"escapes": func() {
		serve(habits{run: func(ctx context.Context, d device) error {
			attempts()
			say("escapes: done")
			d.run = nil
			return d.live(ctx, d.emit)
		}})
	},
}
