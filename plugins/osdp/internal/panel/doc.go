// Package panel is the control panel of OSDP: it asks the peripherals of a line
// in turn, keeps each one's secure channel, and hands on what they say.
//
// A line has one question under way at a time (clause 5.7), so one goroutine a
// line does all of it; devices join a line and leave it, and the last one closes
// it. A device hears of its peripheral through Station.Events.
//
// It promises that a command is carried out once or its outcome is told as
// unknown; that a peripheral which has a key is never spoken to in the clear; that whatever comes
// off the line costs one peripheral its session at most; and that Condition says
// in a sentence what is wrong.
package panel
