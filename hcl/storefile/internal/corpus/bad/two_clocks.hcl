peer "first" {
  source = "./first"
  clock  = true
}

peer "second" {
  source = "./second"
  clock  = true # ERROR duplicate: There is a second clock
}
