currency = "EUR" # ERROR unknown_argument: "currency" stands outside any block
