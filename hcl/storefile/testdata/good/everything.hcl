# One of everything that base.hcl doesn't have.

variable "recording" {
  type        = path
  description = "A folder of data."
}

variable "stay" {
  default = "45m"
}

variable "loud" {
  type    = bool
  default = false
}

locals {
  catalogue = jsondecode(file("${var.recording}/catalogue.json"))
  usable    = { for p in local.catalogue : p.id => p if can(gtin(p.code)) }
  places    = flatten([for p in local.catalogue : [for s in p.shelves : { shelf = s, id = p.id }] if can(gtin(p.code))])
}

camera "ceiling" {
  driver = acme.camera
  zones  = [zone.entrance, zone.drinks]
}

rfid_reader "lane" {
  driver    = acme.lane
  zone      = zone.entrance
  serves    = gate.north
  certified = ["tag"]

  config {
    addr = peer.world.address

    antenna {
      port = 1
    }
    antenna {
      port  = 2
      power = 25
    }
  }
}

weight_shelf "left" {
  driver    = acme.shelf
  zone      = zone.drinks
  certified = ["weight"]

  bay "1" {}
  bay "4" {
    certified = ["weight", "interaction"]
  }

  config {
    rate   = 100
    settle = "1.5 s"
    tare   = "2 kg"
    filter = "median"
    tags   = ["a", "b"]
    labels = { row = "1", side = "left" }
    loud   = var.loud
    gain   = 0.25
  }
}

product "listed" {
  for_each = local.usable

  gtin           = gtin(each.value.code)
  name           = each.value.name
  mass           = format("%.3f g", sum(each.value.weights) / length(each.value.weights))
  mass_deviation = format("%.3f g", max((max(each.value.weights...) - min(each.value.weights...)) / 2, 1))
  price          = "2.50 EUR"
  tax            = tax.standard
  certified      = ["weight"]
}

planogram "listed" {
  facing {
    for_each = local.places

    at      = weight_shelf.left.bay[each.value.shelf]
    product = product.listed[each.value.id]
    depth   = 3
  }
}

entry {
  max_stay = var.stay
  staff    = ["badge-2", "badge-1"]
}

receipt {
  rounding = "half_even"
}
