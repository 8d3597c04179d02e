// Command stripe is the plugin of the payment processor Stripe. The host starts it; package processor does the work.
package main

import (
	"github.com/openaisle/aisle/plugins/stripe/internal/processor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/payment"
)

func main() {
	sdk.Serve(plugin())
}

func plugin() sdk.Plugin {
	return sdk.Plugin{
		Name: "aisle/stripe", Version: "0.1.0",
		Needs: sdk.Needs{Read: sdk.Certificates()},
		Drivers: []sdk.Driver{
			payment.Driver("stripe", processor.Capabilities, processor.Open).WithDoc("Holds, captures and refunds card payments with Stripe's PaymentIntents."),
		},
	}
}
