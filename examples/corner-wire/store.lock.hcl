# Written by aisle plugin lock, and by nobody else. Commit it with .aisle/schemas.

plugin "llrp" {
  version = "0.1.0"
  schema  = "sha256:a3b4562de8fac21b95ec63c83633965321d2d00e960ec3e112f107d5a487c6dd"
}

plugin "modbus" {
  version = "0.1.0"
  schema  = "sha256:5b495e43f7813018011cfa3f9462789d0c1f2f4bb6f0a623ab8c1b990aad4520"
}

plugin "mqttshelf" {
  version = "0.1.0"
  schema  = "sha256:2582c99bb9764aa159a5d0225560698adeca8a6d012ad6f40e1f9ef0429b5ae3"
}

plugin "osdp" {
  version = "0.1.0"
  schema  = "sha256:7901b9da8485c7fdb436900d8311153ba81945c343d15a8bb986ada3ba97379b"
}

plugin "scale" {
  version = "0.1.0"
  schema  = "sha256:86db28f009f89fda720eba7fbab4fa243056e44662ef27d5f15b5e9b34622954"
}

plugin "simulated" {
  version = "0.1.0"
  schema  = "sha256:dd93a50928bf45c14dfef4d3e02db6765fd1b413f2aafe1447c67be8d84afe85"
}
