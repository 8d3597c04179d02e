package storedef

import "cmp"

// Reaction is what the store does while a device is down. None of them keeps
// anybody in: a way out is no part of it.
type Reaction string

// The reactions.
const (
	// ReactClosed closes the lane of the gate that is down.
	ReactClosed Reaction = "closed"
	// ReactCloseEntry lets nobody in at any lane until the device is back.
	ReactCloseEntry Reaction = "close_entry"
	// ReactDoubt goes on; what changed on the shelf meanwhile is in doubt.
	ReactDoubt Reaction = "doubt"
	// ReactDegrade goes on with what is left, and charges less readily.
	ReactDegrade Reaction = "degrade"
	// ReactOffline lets shoppers in without a hold, within Settlement.Offline.
	ReactOffline Reaction = "offline"
)

// Failure says what the store does while a device of a class is down. What is
// empty is the first of Reactions.
type Failure struct {
	// Entry is for gates with a way in.
	Entry   Reaction `json:"entry,omitempty"`
	Shelf   Reaction `json:"shelf,omitempty"`
	Camera  Reaction `json:"camera,omitempty"`
	RFID    Reaction `json:"rfid,omitempty"`
	Reader  Reaction `json:"reader,omitempty"`
	Payment Reaction `json:"payment,omitempty"`
}

// Reactions lists what a store may do while a device of a class is down, the
// default first.
func Reactions(c Class) []Reaction {
	switch c {
	case ClassGate:
		return []Reaction{ReactClosed, ReactCloseEntry}
	case ClassWeightShelf:
		return []Reaction{ReactDoubt, ReactCloseEntry}
	case ClassCamera, ClassRFIDReader, ClassCredentialReader:
		return []Reaction{ReactDegrade, ReactCloseEntry}
	case ClassPayment:
		return []Reaction{ReactCloseEntry, ReactOffline}
	}
	return []Reaction{ReactCloseEntry}
}

// Of returns what is done for a class.
func (f Failure) Of(c Class) Reaction {
	var written Reaction
	switch c {
	case ClassGate:
		written = f.Entry
	case ClassWeightShelf:
		written = f.Shelf
	case ClassCamera:
		written = f.Camera
	case ClassRFIDReader:
		written = f.RFID
	case ClassCredentialReader:
		written = f.Reader
	case ClassPayment:
		written = f.Payment
	}
	return cmp.Or(written, Reactions(c)[0])
}

// Reaction returns what the store does while a device is down: what its block
// says, or what is said for its class.
func (x *Index) Reaction(d *Device) Reaction {
	return cmp.Or(d.WhenDown, x.Store.Failure.Of(d.Class))
}
