// Package platform makes Aisle's devices of Modbus registers, inputs and coils:
// shelves on load-cell transmitters, and gates on relays and PLCs.
package platform
