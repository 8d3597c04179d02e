package panel

import "github.com/openaisle/aisle/plugins/osdp/internal/osdp"

// Event is what a peripheral said by itself.
type Event interface{ event() }

// Card is bits that were read.
type Card struct{ osdp.Card }

// Keys are what was pressed on a keypad.
type Keys struct {
	Reader  byte
	Pressed []byte
}

// Inputs are the states of all inputs, one byte each: not zero is active.
type Inputs []byte

func (Card) event()   {}
func (Keys) event()   {}
func (Inputs) event() {}
