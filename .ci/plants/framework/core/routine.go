package core

func race(out chan int) int { // want gocritic "pure room: no channel"
	go func() { // want gocritic "pure room: no go statement"
		out <- 1 // want gocritic "pure room: no channel"
	}()
	done := make(chan struct{}) // want gocritic "pure room: no channel"
	select {                    // want gocritic "pure room: no select"
	case n := <-out: // want gocritic "pure room: no channel"
		return n
	case <-done: // want gocritic "pure room: no channel"
	}
	for n := range out { // want gocritic "pure room: no channel"
		return n
	}
	return 0
}

var _ = race
