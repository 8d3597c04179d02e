# WITHOUT payment
payment "cards" {
  driver = acme.processor

  processing {
    key_window     = "25h"   # ERROR beyond_processor: promises 24h0m0s
    lookup_by_key  = true
    settling_delay = "30s"   # ERROR beyond_processor: promises 1m0s
    hold_lifetime  = "192h"  # ERROR beyond_processor: promises 168h0m0s
    increment      = true    # ERROR beyond_processor: promises false
    over_capture   = "11%"   # ERROR beyond_processor: promises 10 %
    partial_refund = "yes"   # ERROR wrong_type: needs true or false => true
    refund_windows = "24h"   # ERROR unknown_argument: refund_windows => refund_window
  }

  config {
    api_key = secret("env:KEY")
  }
}
