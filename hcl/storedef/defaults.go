package storedef

import (
	"time"

	"github.com/openaisle/aisle/sdk/measure"
)

// The values of what a store file leaves out, and the bounds of what it may
// say. A definition outside the bounds is refused: a store can't be configured
// to charge by guess or to keep a cart open for a day.
const (
	DefaultAdmitWithin = 20 * time.Second
	DefaultMaxStay     = 2 * time.Hour
	LimitMaxStay       = 24 * time.Hour
	DefaultMaxParty    = 6
	LimitMaxParty      = 32

	DefaultWindow = 1500 * time.Millisecond
	LimitWindow   = 10 * time.Second
	DefaultGrace  = 3 * time.Second
	LimitGrace    = 60 * time.Second

	DefaultReviewWithin = 30 * time.Minute
	LimitReviewWithin   = 4 * time.Hour

	// The bounds of what is taken above a hold, and of how a declined payment is
	// asked for again: networks let it be tried 15 times in 30 days.
	LimitOverCapture measure.Probability = 250_000
	LimitRetries                         = 15
	LeastRetry                           = time.Minute
	LimitRetry                           = 30 * Day

	DefaultFreeExitAfter = 2 * time.Second
	LimitFreeExitAfter   = 10 * time.Second

	// DefaultMassSpread is the unit-to-unit spread taken where a product
	// states none: 1.7 % is the median of 54 weighed products.
	DefaultMassSpread measure.Probability = 17_000

	DefaultChargeAbove measure.Probability = 990_000
	FloorChargeAbove   measure.Probability = 950_000
	DefaultReviewAbove measure.Probability = 600_000
	// DefaultSeveralUnits: of 90 labelled deeds in a shop (AutoCheckout 2020)
	// three moved two units and none more. Labels are to a second, and a scale
	// settles between the slower half of those.
	DefaultSeveralUnits measure.Probability = 22_000
	LimitSeveralUnits   measure.Probability = 500_000
	DefaultMinQuality   measure.Probability = 900_000
)

// DefaultRetry is after how long what was declined after a visit is asked for
// again: a shopper's account has been topped up, or it is another day.
func DefaultRetry() []time.Duration { return []time.Duration{time.Hour, Day} }
