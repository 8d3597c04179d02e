camera "ceiling" {
  driver = acme.camera
  zone   = zone.drinks
  zones  = [zone.entrance] # ERROR duplicate: Both "zone" and "zones" are written
}
