entry {
  max_stay = peer.world.address # ERROR not_known: must be known before the store runs
}
