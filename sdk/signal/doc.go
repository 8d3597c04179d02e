// Package signal turns what sensors sample into settled evidence: a Bay makes
// settled levels from the raw samples of a load cell, a Lane makes passages
// from the reads of an RFID reader.
//
// It does not talk to devices, keep a clock, start goroutines or know what a
// product is: sample times are arguments, and what a change of mass means is
// decided by the host. Drivers call it, live ones a sample at a time and
// recorded ones likewise, so that both find the same. It promises that the
// same samples give the same reports on one architecture, that its memory does not grow, that
// nothing is decided from samples that have not been fed yet, and that what
// comes out is quantised (milligrams, hundredths of a decibel, parts per
// million).
//
// README.md argues the constants and says how far each can move.
package signal
