peer "other" {
  source = "./other"
  args   = ["--world", peer.world.address] # ERROR not_known: "args" must be known before the store runs
  clock  = "yes" # ERROR wrong_type: "clock" needs true or false => true
}
