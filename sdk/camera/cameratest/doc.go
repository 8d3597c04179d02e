// Package cameratest tests cameras: a fake that holds state and can fail, and
// the conformance suite that it and every vendor's camera must pass.
//
// A vendor's own test fills in a Harness and calls Run. The suite works over
// the wire and knows nothing of the camera but what the harness does before it.
package cameratest
