package fault_test

import (
	"fmt"

	"github.com/openaisle/aisle/sdk/fault"
)

func Example() {
	err := fault.New(fault.Refused, "card declined")
	err = fault.During("authorize", err)
	switch code := fault.CodeOf(err); code {
	case fault.Refused:
		fmt.Println("the gate stays shut:", err)
	case fault.Unavailable:
		fmt.Println("again, same key")
	default:
		fmt.Println("look it up:", code)
	}
	// Output: the gate stays shut: authorize: card declined
}

func ExampleAt() {
	err := fault.At("antenna[2].power", fault.New(fault.Invalid, "40 dBm is above the reader's 31.5 dBm"))
	err = fault.During("open rfid_reader.exit", err)
	fmt.Println(fault.CodeOf(err), fault.PathOf(err))
	fmt.Println(err)
	// Output:
	// invalid antenna[2].power
	// open rfid_reader.exit: antenna[2].power: 40 dBm is above the reader's 31.5 dBm
}
