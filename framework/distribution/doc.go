// Package distribution is how a plugin gets from its vendor into a store: what
// plugins say of themselves is kept by its digest, so that a store's files are
// checked where no plugin runs; packages are made, signed, published, installed
// and looked through, byte for byte, before anything of them starts.
//
// It starts no program, reads no store file and decides nothing about a store:
// framework/store holds the lock against what it finds, and tools hands it what
// vendors and integrators type. It reads files and, where a source says so, one
// static HTTP directory.
//
// It promises that a package whose files are not what its sums say, whose sums
// no trusted key signed, or that holds a file that nothing names, is refused
// with a Mismatch or a PackageError that names the file and what to do, that
// nothing is written outside the folder given, and that what it reads into
// memory is bounded whatever an archive claims.
package distribution
