locals {
  stay = "1h"
}

entry {
  max_stay = local.stayy # ERROR unknown_reference: There is no local "stayy" => local.stay
}
