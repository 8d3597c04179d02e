# A lane: a gate for both ways, a card reader, and antennas.

variable "zone" {
  description = "Where it stands."
}

gate "door" {
  driver = kit.gate
  zone   = var.zone
  role   = "both"

  config {
    world = "127.0.0.1:7700"
  }
}

credential_reader "card" {
  driver = kit.reader
  serves = gate.door

  config {
    world = "127.0.0.1:7700"
  }
}

rfid_reader "antennas" {
  driver = kit.lane
  zone   = var.zone
  serves = gate.door

  config {
    world = "127.0.0.1:7700"
  }
}

output "gate" {
  value = gate.door
}
