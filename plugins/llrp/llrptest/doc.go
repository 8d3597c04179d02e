// Package llrptest is an LLRP reader to develop against: it holds ROSpecs, triggers, inputs and outputs, reports the tags that its user puts before its
// antennas, and can misbehave.
//
// It speaks with the plugin's own codec, so that it proves the plugin's manners and not the protocol; the recorded messages and the peers in
// the plugin's tests do that. It serves one client at a time, as real readers do.
package llrptest
