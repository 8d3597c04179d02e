// Package audit judges a run of a store from outside: it holds the receipts
// that the host wrote against what each visit really owed for and against the
// money that really moved.
//
// It reads three files of a data folder and nothing else: receipts.jsonl of the
// host, and truth.jsonl and ledger.jsonl of the simulated world or of another
// peer. It shares no code with the host on purpose, not even the type for
// money: an error of the host must not hide behind the same error here. The
// aisle command and the tests of package store call it.
//
// It promises to count every receipt once, as exact, overcharged or
// undercharged, and to say for each that is not exact what was wrong with it.
package audit
