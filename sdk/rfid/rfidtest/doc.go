// Package rfidtest tests RFID readers: a fake that can fail, and the
// conformance suite that it and every vendor's reader must pass.
//
// A vendor's own test fills in a Harness and calls Run. The suite works over
// the wire and knows nothing of the reader but what the harness does to it.
package rfidtest
