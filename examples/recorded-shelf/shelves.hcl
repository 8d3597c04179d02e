# The five shelves. Each is one bay: the recording sums the load cells of a shelf.
#
# start is when the first sample is played, on the world's clock: the shopper is
# in by then. Weight is all the evidence there is, so it suffices here.

weight_shelf "shelf_1" {
  driver    = recording.shelf
  zone      = zone.aisle
  certified = ["weight"]

  config {
    file   = "${var.recording}/shelf_weights_60hz.csv"
    column = "shelf1_raw_g"
    clock  = peer.world.address
    start  = "30s"
  }
}

weight_shelf "shelf_2" {
  driver    = recording.shelf
  zone      = zone.aisle
  certified = ["weight"]

  config {
    file   = "${var.recording}/shelf_weights_60hz.csv"
    column = "shelf2_raw_g"
    clock  = peer.world.address
    start  = "30s"
  }
}

weight_shelf "shelf_3" {
  driver    = recording.shelf
  zone      = zone.aisle
  certified = ["weight"]

  config {
    file   = "${var.recording}/shelf_weights_60hz.csv"
    column = "shelf3_raw_g"
    clock  = peer.world.address
    start  = "30s"
  }
}

weight_shelf "shelf_4" {
  driver    = recording.shelf
  zone      = zone.aisle
  certified = ["weight"]

  config {
    file   = "${var.recording}/shelf_weights_60hz.csv"
    column = "shelf4_raw_g"
    clock  = peer.world.address
    start  = "30s"
  }
}

weight_shelf "shelf_5" {
  driver    = recording.shelf
  zone      = zone.aisle
  certified = ["weight"]

  config {
    file   = "${var.recording}/shelf_weights_60hz.csv"
    column = "shelf5_raw_g"
    clock  = peer.world.address
    start  = "30s"
  }
}
