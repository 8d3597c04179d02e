package simulate

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// Case is one seed to run, and how.
type Case struct {
	Seed    uint64
	Profile string
	// Named are the faults that the run is about, if it is about some; Ordered
	// has each strike only after the one before it.
	Named   []FaultID
	Ordered bool
	Options Options
}

// NewCase is a seed of a profile.
func NewCase(profile string, seed uint64) (Case, error) {
	o, err := ProfileOf(profile, seed)
	return Case{Seed: seed, Profile: profile, Options: o}, err
}

// About makes a case of nothing but the faults named.
func (c Case) About(named []FaultID, ordered bool) Case {
	c.Named, c.Ordered = named, ordered
	c.Options.Faults = Choice{Named: named, Ordered: ordered}
	return c
}

// Replay is the command that runs the case again and tells what happens.
func (c *Case) Replay() string {
	s := fmt.Sprintf("aisle sim --seeds 1 --from %d --profile %s --trace", c.Seed, c.Profile)
	if len(c.Named) > 0 {
		names := make([]string, len(c.Named))
		for i, id := range c.Named {
			names[i] = id.String()
		}
		s += " --faults " + strings.Join(names, ",")
		if c.Ordered {
			s += " --ordered"
		}
	}
	return s
}

// tries is how many seeds are tried until all faults named have struck.
const tries = 6

// farSeeds keeps the seeds of further tries apart from everybody else's.
const farSeeds = 1 << 40

// run runs a case; one about named faults is tried with further seeds until all
// of them have struck.
func (c *Case) run() Result {
	r := Run(c.Seed, c.Options)
	for n := 1; n < tries && len(r.Violations) == 0 && !c.struck(&r); n++ {
		seed := c.Seed + uint64(n)*farSeeds
		if again := Run(seed, c.Options); c.struck(&again) || len(again.Violations) > 0 {
			c.Seed, r = seed, again
		}
	}
	return r
}

func (c *Case) struck(r *Result) bool {
	for _, id := range c.Named {
		if r.Faults[id] == 0 {
			return false
		}
	}
	return true
}

// Done is a case that was run.
type Done struct {
	Case   Case
	Result Result
	// Missed says that not all faults named have struck.
	Missed bool
}

// ahead is how many cases a worker may be ahead of the oldest that is not done:
// so many results wait for their turn at the most.
const ahead = 64

// Many runs cases side by side and hands what they came to to each, in the order
// of the cases, however many workers there are. It waits for all of them. Each
// case is run by one worker, so that it goes as it does alone.
func Many(ctx context.Context, n, workers int, of func(i int) Case, each func(Done)) {
	type slot struct {
		i    int
		done Done
	}
	workers = max(1, workers)
	results, room := make(chan slot, workers), make(chan struct{}, workers*ahead)
	var next int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				room <- struct{}{}
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n || ctx.Err() != nil {
					return
				}
				c := of(i)
				r := c.run()
				results <- slot{i, Done{Case: c, Result: r, Missed: !c.struck(&r)}}
			}
		})
	}
	go func() {
		wg.Wait()
		close(results)
	}()
	early, want := map[int]Done{}, 0
	for s := range results {
		early[s.i] = s.done
		for {
			d, ok := early[want]
			if !ok {
				break
			}
			delete(early, want)
			want++
			each(d)
			<-room
		}
	}
}
