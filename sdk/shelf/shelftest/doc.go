// Package shelftest tests weight shelves: a fake that holds state and can fail,
// and the conformance suite that it and every vendor's shelf must pass.
//
// A vendor's own test fills in a Harness and calls Run. The suite works over
// the wire and knows nothing of the shelf but what the harness does to it.
package shelftest
