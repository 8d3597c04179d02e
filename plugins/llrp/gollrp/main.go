// Command gollrp prints messages that github.com/iomz/go-llrp encodes, in hexadecimal, one a line with its name: for a test of the plugin's
// codec. It is a module of its own, for that library brings more than its encoder.
package main

import (
	"fmt"

	"github.com/iomz/go-llrp"
)

func main() {
	for _, m := range []struct {
		name string
		b    []byte
	}{
		{"Keepalive", llrp.Keepalive(7)},
		{"KeepaliveAck", llrp.KeepaliveAck(7)},
		{"ReaderEventNotification", llrp.ReaderEventNotification(7, 1594174805140192)},
		{"SetReaderConfig", llrp.SetReaderConfig(7)},
		{"SetReaderConfigResponse", llrp.SetReaderConfigResponse(7)},
		{"GetReaderCapabilities", llrp.GetReaderCapability(7)},
		{"GetReaderCapabilitiesResponse", llrp.GetReaderCapabilityResponse(7)},
		{"GetReaderConfigResponse", llrp.GetReaderConfigResponse(7)},
		{"DeleteAccessSpecResponse", llrp.DeleteAccessSpecResponse(7)},
		{"DeleteROSpecResponse", llrp.DeleteRospecResponse(7)},
		{"AddROSpecResponse", llrp.AddRospecResponse(7)},
		{"EnableROSpecResponse", llrp.EnableRospecResponse(7)},
		{"CustomMessage", llrp.ImpinjEnableCutomMessage(7)},
	} {
		fmt.Printf("%s %x\n", m.name, m.b)
	}
}
