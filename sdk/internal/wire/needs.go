package wire

import (
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/internal/pb"
)

// NeedsOf makes the message of a plugin's needs.
func NeedsOf(n class.Needs) *pb.Needs {
	return &pb.Needs{Dial: n.Dial, Listen: n.Listen, Devices: n.Devices, Read: n.Read, Write: n.Write}
}

// NeedsFrom makes needs of their message. Nothing is checked.
func NeedsFrom(n *pb.Needs) class.Needs {
	return class.Needs{Dial: n.GetDial(), Listen: n.GetListen(), Devices: n.GetDevices(), Read: n.GetRead(), Write: n.GetWrite()}
}
