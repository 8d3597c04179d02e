// Package image copies a program into sealed memory, so that the bytes that
// were hashed are the bytes that run: no rename, symlink or write between the
// check and the start can put another program in their place (threats T6 and
// T18).
//
// It does not start programs and knows no signatures: the caller compares the
// hash, or has it compared by Options.Want, and executes Image.File by
// descriptor. Package supervisor is its caller.
//
// It promises that the hash is that of the sealed copy, taken after the seal;
// that a file which changes while it is read is refused; and that what the
// cache holds is bounded and let go of by Close. Only Linux has sealed memory:
// elsewhere Load says ErrUnsupported.
package image
