camera "ceiling" {
  driver = acme.camera
  zones  = [zone.drinks, zone.entrance, zone.drinks] # ERROR duplicate: "zones" names zone.drinks twice
}
