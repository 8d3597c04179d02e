// Package platform makes Aisle's devices of OSDP peripherals: badge readers,
// keypads, and gates on their outputs and inputs.
//
// It keeps no card number: what a reader reads leaves as a token that only the
// holder of the store's key can make again.
package platform
