package host

// Looks is how many times whoever received looked for answers, on the present
// command stream.
func (p *Plugin) Looks() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.commands.lookout.Looks()
}
