package osdpsim

import "time"

// Turnstile is a gate whose contacts are on a peripheral: an output unlocks it for one body,
// an input tells of each that passed. Its way out is free.
type Turnstile struct {
	*Peripheral
	// Out is the output that unlocks, PassedIn and PassedOut the inputs, counted
	// from 0.
	Out                 byte
	PassedIn, PassedOut int
	// Window is how long it stays unlocked when nobody passes.
	Window time.Duration
	// Wait is how long a body stands at the locked gate before it gives up.
	Wait time.Duration
}

// Pass makes a body walk up, and says whether it got through.
func (g *Turnstile) Pass(in bool) bool {
	if !in {
		g.tell(g.PassedOut)
		return true
	}
	for end := time.Now().Add(g.Wait); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if g.take() {
			g.tell(g.PassedIn)
			return true
		}
	}
	return false
}

// take uses up what the gate was unlocked for.
func (g *Turnstile) take() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.pulsed[g.Out]
	delete(g.pulsed, g.Out)
	return ok && time.Since(at) < g.Window
}

// tell closes and opens the contact of a passage.
func (g *Turnstile) tell(input int) {
	g.Input(input, true)
	g.Input(input, false)
}
