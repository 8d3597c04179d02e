// Package osdp is the Open Supervised Device Protocol, version 2 (IEC
// 60839-11-5, SIA OSDP 2.2): frames, the commands of a control panel and the
// replies of a peripheral, and the secure channel.
//
// It is bytes and keys alone: no line, no clock, no state of a device. Package
// panel talks to peripherals with it; packages osdpsim and panel read each
// other's frames through it. Whatever bytes come, nothing here panics: each
// function says what is wrong with them.
package osdp
