// Package build makes programs of the sources that a store file names: the
// packages of its plugins and peers.
//
// A source that is a folder is a Go package and is built; a source that is a
// file is the program itself. Commands that run a store are its callers, all by
// the same code, so that a store runs alike whoever starts it. It starts nothing
// that it built. It promises that an error names the plugin or peer and shows
// the compiler's words, and that two hosts that build the same source at once
// don't disturb each other.
package build
