# Less than nothing can't be given back.

receipt {
  dispute_limit = "-1.00 EUR" # ERROR out_of_bounds: nothing, for never, or more
}
