locals {
  door = gate.north # ERROR unknown_reference: only var, local, path and peer
}
