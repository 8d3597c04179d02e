package main

import (
	"bytes"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// openDoor lets everybody publish and listen: the broker is on an address of this machine
// alone.
type openDoor struct{ mqtt.HookBase }

func (openDoor) ID() string { return "open door" }

func (openDoor) Provides(b byte) bool {
	return bytes.IndexByte([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck}, b) >= 0
}

func (openDoor) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

func (openDoor) OnACLCheck(*mqtt.Client, string, bool) bool { return true }
