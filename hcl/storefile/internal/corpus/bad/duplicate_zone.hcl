zone "drinks" { # ERROR duplicate: The first is at base.hcl:17:1
}
