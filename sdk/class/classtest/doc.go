// Package classtest starts plugins for tests: in this process or as a binary,
// either way over the real wire, and collects what their devices report.
//
// Conformance suites of the classes are written on it, and so may be a vendor's
// own tests. It holds no case itself.
package classtest
