// Package agent runs plugins on another machine under the same contract: the
// agent there owns the processes with its own supervisor and forwards calls
// byte for byte, and the host's end of it is a supervisor.Remote, so that
// everything above knows no difference.
//
// Host and agent know each other by certificates of the store's own authority
// (CA), over TLS 1.3 and nothing less. One host at a time holds an agent's
// lease; a newer host takes it from an older one, whose calls are refused from
// then on. A line that is cut ends nothing: the plugin spools, the devices are
// offline, and the same openings go on when it is back. A command whose time is
// over when it arrives is refused, on whichever way it was held up.
//
// What it does not: decide when a plugin is started again (the host's
// supervisor does), copy programs (each agent has its own, by name), or keep the
// spool of a host that died: a newer host starts the plugins afresh.
//
// Its callers are package store and the command aisle.
package agent
