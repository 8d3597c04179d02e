// Package paymenttest tests payment processors: a fake that keeps accounts and
// can fail, and the conformance suite that it and every vendor's processor must
// pass.
//
// A vendor's own test fills in a Harness, against the processor's sandbox or a
// double that keeps state, and calls Run. The suite works over the wire.
package paymenttest
