// Package agenttest has what drills and measurements of agents need: an agent's
// identity without another machine, and a line to it that can be cut.
//
// It is no part of a store or an agent.
package agenttest
