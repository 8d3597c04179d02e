package planogram

import (
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// Report is what is expected of a store's shelves.
type Report struct {
	Findings []Finding `json:"findings"`
	// Shelves are sorted by address.
	Shelves []Shelf `json:"shelves"`
	// Rates are those of all shelves, a unit of each facing once.
	Rates
}

// Rates are shares of units taken, by the scale alone.
type Rates struct {
	// Units is how many facings they are of.
	Units int `json:"facings"`
	// Wrong is the share of units of which another product, or another number of
	// units, is the likeliest.
	Wrong float64 `json:"wrong"`
	// Unsure is the share that a scale alone can't name as surely as the store
	// charges: what a camera or a tag has to decide, or a review.
	Unsure float64 `json:"unsure"`
}

// add takes further rates in, weighed by their facings.
func (r *Rates) add(o Rates) {
	all := float64(r.Units + o.Units)
	if all == 0 {
		return
	}
	r.Wrong = (r.Wrong*float64(r.Units) + o.Wrong*float64(o.Units)) / all
	r.Unsure = (r.Unsure*float64(r.Units) + o.Unsure*float64(o.Units)) / all
	r.Units += o.Units
}

// Shelf is what is expected of one shelf.
type Shelf struct {
	Address string `json:"address"`
	Bays    int    `json:"bays"`
	Rates
}

// Kind is a kind of finding, in one stable word.
type Kind string

// The kinds.
const (
	// KindConfusable: two products on one bay, or on neighbouring ones, weigh too
	// nearly the same.
	KindConfusable Kind = "confusable"
	// KindMultiple: several units of one product weigh like one of another.
	KindMultiple Kind = "multiple_confusable"
	// KindLight: a unit is so light that the scale may not feel it.
	KindLight Kind = "too_light"
	// KindUnseen: no second kind of evidence can ever agree with the scale, and the
	// store doesn't say that the scale suffices.
	KindUnseen Kind = "never_certain"
	// KindNowhere: nobody can take the product: no facing has it, and no reader of
	// tags would tell of it.
	KindNowhere Kind = "unplaced_product"
	// KindEmpty: a bay of which nobody says what stands there.
	KindEmpty Kind = "empty_bay"
	// KindDeposit: a product that looks like others that bear a deposit has none.
	KindDeposit Kind = "missing_deposit"
	// KindRestricted: a GTIN that means one thing in one shop alone.
	KindRestricted Kind = "restricted_gtin"
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{KindConfusable, KindMultiple, KindLight, KindUnseen, KindNowhere, KindEmpty, KindDeposit, KindRestricted}
}

// Finding is one thing that will cost receipts.
type Finding struct {
	Kind Kind `json:"kind"`
	// Address is of the block to look at: a product's, a bay's or a shelf's.
	Address string `json:"address"`
	// Bay is where, and Other the second of two products; empty where there is none.
	Bay     string   `json:"bay,omitempty"`
	Product gs1.GTIN `json:"product,omitempty"`
	Other   gs1.GTIN `json:"other,omitempty"`
	// Rate is the share of the product's units at this bay that are taken for the
	// other.
	Rate float64 `json:"rate,omitempty"`
	// Text says what is so, and Cure what to do; MoveTo is the bay to move Moved
	// to, where there is one.
	Text   string   `json:"text"`
	Cure   string   `json:"cure"`
	MoveTo string   `json:"move_to,omitempty"`
	Moved  gs1.GTIN `json:"moved,omitempty"`
}

// Options are what a store file doesn't say. Nil is the defaults.
type Options struct {
	// Noise is the standard deviation of what a scale says of a change; zero for
	// DefaultNoise.
	Noise measure.Mass
	// Least is the rate of confusion from which two products are found; zero for
	// DefaultLeast.
	Least float64
}

const (
	// DefaultNoise is that of a change between two settled levels: a load cell of
	// class C3 for 15 kg (OIML R 60: 3,000 divisions) reads a level to within half a
	// division of 5 g, uniformly: 1.4 g, and a change is of two levels.
	DefaultNoise = 2 * measure.Gram
	// DefaultLeast is the rate from which two products are found confusable.
	DefaultLeast = 0.02
)

func (o *Options) withDefaults() Options {
	out := Options{Noise: DefaultNoise, Least: DefaultLeast}
	if o != nil && o.Noise > 0 {
		out.Noise = o.Noise
	}
	if o != nil && o.Least > 0 {
		out.Least = o.Least
	}
	return out
}
