package storefile

import (
	"net"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/storedef"
)

// withAgents decodes the agents, and gives the scope in which plugins may refer
// to them.
func (l *loader) withAgents(s scope) scope {
	for _, b := range l.blocks[blockAgent] {
		a := storedef.Agent{Name: b.name}
		if text, ok := l.text(b, "address", s); ok {
			if why := notHostPort(text); why != "" {
				p := l.fail(b, b.at("address"), "address", "That is not the address of an agent",
					"%s Write the machine and the port that the agent listens on, such as \"10.0.0.5:7443\".", why)
				if host, _, err := net.SplitHostPort(text + ":7443"); err == nil && host != "" {
					p.Suggestion = strconv.Quote(net.JoinHostPort(host, "7443"))
				}
			}
			a.Address = text
		}
		l.decoded[b.address()] = b
		l.store.Agents = append(l.store.Agents, a)
	}
	return s.child(map[string]cty.Value{blockAgent: l.referenceMap(blockAgent)})
}

// notHostPort says why text is no host with a port; empty where it is one.
func notHostPort(text string) string {
	host, port, err := net.SplitHostPort(text)
	switch n, bad := strconv.Atoi(port); {
	case err != nil:
		return "It has no port."
	case host == "":
		return "It names no machine."
	case bad != nil || n < 1 || n > 65535:
		return "A port is a number from 1 to 65535."
	}
	return ""
}

// isolation gives what a block says of how plugins are kept apart; empty where
// it says nothing.
func (l *loader) isolation(b *block, s scope) storedef.Isolation {
	text, ok := l.text(b, argIsolation, s)
	if !ok {
		return ""
	}
	var words []string
	for _, i := range storedef.Isolations() {
		words = append(words, string(i))
	}
	if !l.word(b, b.at(argIsolation), "isolation", text, words) {
		return ""
	}
	return storedef.Isolation(text)
}
