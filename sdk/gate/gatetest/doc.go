// Package gatetest tests gates: a fake that holds state and can fail, and the
// conformance suite that it and every vendor's gate must pass.
//
// A vendor's own test fills in a Harness and calls Run. The suite works over
// the wire and knows nothing of the gate but what the harness does to it.
package gatetest
