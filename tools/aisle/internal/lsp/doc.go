// Package lsp is a language server for store files, over the protocol that
// editors speak (Language Server Protocol 3.17) on one stream in and one out.
//
// It knows the protocol, open documents and positions, and nothing of the store
// language: what is wrong with a store is what aisle validate says of it, with
// what the editor has not saved yet in place of the files; what may be written,
// stands there, or changes by a rename is hcl/language's. It builds and starts
// nothing, not even where the store has no lock.
//
// The aisle command calls it. It promises that no message makes it panic or take
// more memory than its limits, that requests are answered in their order, and
// that Serve leaves nothing running.
package lsp
