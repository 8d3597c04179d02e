// Package mutants plants real mistakes in copies of the source and looks which
// test finds each.
//
// A mutant is a file in table: what the mistake is, the text of the source that
// it takes the place of, and the tests that must find it. It is applied with the
// go command's -overlay, so that no mistake ever stands in the tree and no
// switch for one in a program. [Run] builds the tests of the smallest package
// that sees the mistake, runs them, and says which failed first. A mutant that
// nothing finds is a hole in the tests, and an error.
//
// It knows nothing of the packages that it breaks: paths, text and the names of
// tests are all in the table, and the tests of this package hold the table
// against the source. "aisle sim mutants" calls it.
package mutants
