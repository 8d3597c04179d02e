// Package language is what an editor asks of store files: what may be written
// at a place, what stands there, where it is declared, who refers to it, and
// what changes when it is renamed.
//
// It is the one adapter over hashicorp/hcl-lang, of which the interface is not
// stable: completion and hover are its own, over schemas that are made here from
// storefile.Language and from what plugins say of their drivers; definitions,
// references and renaming are done here on the syntax alone, since hcl-lang
// knows neither for_each keys nor moved blocks. It reads no file, starts nothing
// and finds no problems: those are storefile's.
//
// The language server of tools/aisle calls it. It promises that no file makes it
// panic, that positions are offsets in bytes, and that nothing it gives away is
// a value of HCL's.
package language
