package storedef

import (
	"fmt"
	"slices"
)

// Class is a device class: the type of its block in a store file.
type Class string

// The classes.
const (
	ClassGate             Class = "gate"
	ClassCredentialReader Class = "credential_reader"
	ClassRFIDReader       Class = "rfid_reader"
	ClassWeightShelf      Class = "weight_shelf"
	ClassCamera           Class = "camera"
	ClassPayment          Class = "payment"
)

// Classes lists the classes in the order of a store file.
func Classes() []Class {
	return []Class{ClassGate, ClassCredentialReader, ClassRFIDReader, ClassWeightShelf, ClassCamera, ClassPayment}
}

// Contract returns the name of the class in package sdk.
func (c Class) Contract() string {
	switch c {
	case ClassGate:
		return "gate"
	case ClassCredentialReader:
		return "credential"
	case ClassRFIDReader:
		return "rfid"
	case ClassWeightShelf:
		return "shelf"
	case ClassCamera:
		return "camera"
	case ClassPayment:
		return "payment"
	}
	return string(c)
}

// Role is what a gate or a reader at a gate is for.
type Role string

// The roles.
const (
	RoleNone  Role = ""
	RoleEntry Role = "entry"
	RoleExit  Role = "exit"
	// RoleBoth is a gate whose lane goes both ways.
	RoleBoth Role = "both"
)

// Roles lists the roles that may be written.
func Roles() []Role { return []Role{RoleEntry, RoleExit, RoleBoth} }

// UnmarshalText refuses a role that is none.
func (r *Role) UnmarshalText(b []byte) error {
	if v := Role(b); v == RoleNone || slices.Contains(Roles(), v) {
		*r = v
		return nil
	}
	return fmt.Errorf("%q is no role; it is one of %s, %s and %s", b, RoleEntry, RoleExit, RoleBoth)
}
