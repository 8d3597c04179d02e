// Package view is what people see of a store: who is inside with which cart,
// how the devices are, what was charged, what happened lately, and each receipt.
//
// It is folded from the journal's records and from nothing else, so that a page
// never shows what a crash would take back. It decides nothing, formats neither
// money nor time for a locale (package format does), and keeps no credential:
// whom a token stands for is no business of a page.
//
// [Model] is the fold: deterministic, without clock or goroutine. [View] follows
// a journal with it and hands out snapshots. A Snapshot and all that it holds
// never changes; whoever gets one may keep it and must not write to it. A view
// that is kept ([NewKept]) goes on from a checkpoint; it tells what one would that
// reads the journal from its first record.
// framework/store starts a View; framework/httpapi, framework/web and
// framework/view/term read it.
package view
