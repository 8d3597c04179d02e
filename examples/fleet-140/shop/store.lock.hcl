# Written by aisle plugin lock, and by nobody else. Commit it with .aisle/schemas.

plugin "kit" {
  version = "0.1.0"
  schema  = "sha256:dd93a50928bf45c14dfef4d3e02db6765fd1b413f2aafe1447c67be8d84afe85"
}
