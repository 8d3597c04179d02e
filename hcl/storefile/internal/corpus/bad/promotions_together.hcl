# Promotions that share a product and take too many units together.

promotion "a" {
  name     = "33 for 32"
  products = [product.cola]
  take     = 32
  pay      = 31
}

promotion "b" {
  name     = "33 for 32 again"
  products = [product.cola]
  take     = 33 # ERROR out_of_bounds: may be at most 1024
  pay      = 32
}
