// Package storedef is the resolved store: what a store definition says, as
// plain values, with every reference followed and every unit parsed.
//
// It knows nothing of HCL. Package storefile makes it, the core decides by it,
// and the journal keeps the adopted one, so that a replay prices as the day
// did. A device's configuration is not part of what is kept: it concerns its
// plugin alone and may hold secrets.
//
// This is a pure room.
package storedef

import (
	"cmp"
	"slices"
	"time"

	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Store is one store. Slices are sorted by address or GTIN, so that equal
// definitions encode equally.
type Store struct {
	// Name is the store block's label.
	Name     string         `json:"name"`
	GLN      gs1.GLN        `json:"gln,omitempty"`
	Currency money.Currency `json:"currency"`
	// Timezone is an IANA name; the day of a receipt is local to it.
	Timezone string `json:"timezone"`
	// Isolation is that of the plugins that don't state their own.
	Isolation Isolation `json:"isolation,omitempty"`

	Agents   []Agent   `json:"agents,omitempty"`
	Plugins  []Plugin  `json:"plugins"`
	Peers    []Peer    `json:"peers,omitempty"`
	Zones    []Zone    `json:"zones"`
	Devices  []Device  `json:"devices"`
	Taxes    []Tax     `json:"taxes"`
	Deposits []Deposit `json:"deposits,omitempty"`
	Products []Product `json:"products"`
	Facings  []Facing  `json:"facings"`
	// Promotions are sorted by name.
	Promotions []Promotion `json:"promotions,omitempty"`
	// Moved are devices that have another address than before.
	Moved []Move `json:"moved,omitempty"`
	// Houses are the classes of the store's own accounts, sorted by name. Clock is
	// how its clock runs, where a limit of theirs is counted by date.
	Houses []House       `json:"houses,omitempty"`
	Clock  []ClockChange `json:"clock,omitempty"`

	Entry       Entry       `json:"entry"`
	Attribution Attribution `json:"attribution"`
	Settlement  Settlement  `json:"settlement"`
	Receipt     Receipt     `json:"receipt"`
	Safety      Safety      `json:"safety"`
	Failure     Failure     `json:"failure,omitzero"`
}

// Agent is a machine beside the store's own that runs plugins for it.
type Agent struct {
	// Name is the block's label.
	Name string `json:"name"`
	// Address is the host and port that the agent listens on.
	Address string `json:"address"`
}

// Isolation says what is done where the machine can't keep a plugin apart in
// every way. The zero value is IsolationAuto.
type Isolation string

// The isolations.
const (
	// IsolationAuto takes every measure that the machine has and tells of those
	// that it lacks.
	IsolationAuto Isolation = "auto"
	// IsolationRequired refuses to start the plugin where one is missing.
	IsolationRequired Isolation = "required"
)

// Isolations lists the isolations that may be written.
func Isolations() []Isolation { return []Isolation{IsolationAuto, IsolationRequired} }

// IsolationOf returns the isolation of a plugin: its own or else the store's.
func (s *Store) IsolationOf(p Plugin) Isolation {
	return cmp.Or(p.Isolation, s.Isolation, IsolationAuto)
}

// Plugin is one vendor's program.
type Plugin struct {
	// Name is the block's label, the first part of a driver reference.
	Name string `json:"name"`
	// Source is a Go package relative to the store's folder ("./x", "../x"),
	// a file, or vendor/product.
	Source string `json:"source"`
	// Version is the constraint as written; empty for any.
	Version string `json:"version,omitempty"`
	// Isolation is empty where the store's holds.
	Isolation Isolation `json:"isolation,omitempty"`
	// Agent is the name of the agent that runs it; empty for the store's own
	// machine.
	Agent string `json:"agent,omitempty"`
	// TrustedKeys are the minisign public keys of whom its package is taken.
	TrustedKeys []string `json:"trusted_keys,omitempty"`
	// AllowUnsigned lets it run though nobody signed its package.
	AllowUnsigned bool `json:"allow_unsigned,omitempty"`
}

// Peer is a companion process that the store needs and that outlives the host:
// a simulated world, a stand-in for a processor.
type Peer struct {
	Name   string   `json:"name"`
	Source string   `json:"source"`
	Args   []string `json:"args,omitempty"`
	// Clock says that the store runs on this peer's clock.
	Clock bool `json:"clock,omitempty"`
}

// Zone is a part of the floor that is covered as one.
type Zone struct {
	Address string `json:"address"`
}

// Device is one device of any class.
type Device struct {
	// Address is the block's, such as "gate.north".
	Address string `json:"address"`
	Class   Class  `json:"class"`
	// Plugin and Driver are the two parts of the driver reference.
	Plugin string `json:"plugin"`
	Driver string `json:"driver"`
	// Zones are where the device is or, for a camera, what it covers.
	Zones []string `json:"zones,omitempty"`
	Role  Role     `json:"role,omitempty"`
	// Serves are the devices that this one works for: the gate of a reader.
	Serves []string `json:"serves,omitempty"`
	// Bays are a shelf's bays, sorted by number.
	Bays []Bay `json:"bays,omitempty"`
	// Certified are the kinds of evidence that suffice alone for what this
	// device tells of.
	Certified []observe.Kind `json:"certified,omitempty"`
	// WhenDown is what the store does while this device is down; empty where
	// what the store does for its class holds. See Index.Reaction.
	WhenDown Reaction `json:"when_down,omitempty"`
	// Processing is what a processor can do; nil where its plugin was not asked,
	// and for any other class. See Index.Processing.
	Processing *Processing `json:"processing,omitempty"`
	// Config is the checked config block as a JSON object, for the plugin
	// alone. It may hold secrets and is never kept or printed.
	Config []byte `json:"-"`
}

// Bay is one weighed part of a shelf.
type Bay struct {
	Number int `json:"number"`
	// Address is the shelf's with ".bay[N]".
	Address   string         `json:"address"`
	Certified []observe.Kind `json:"certified,omitempty"`
	// TradeApproved says that the scale is approved for trade: what it weighs may
	// be priced. Any other tells what was taken, never how much of it to pay.
	TradeApproved bool `json:"trade_approved,omitempty"`
}

// Product is something that is sold.
type Product struct {
	// Name is the block's label; Title what a receipt prints.
	Name  string   `json:"name"`
	GTIN  gs1.GTIN `json:"gtin"`
	Title string   `json:"title"`
	// Mass is one unit's mean mass and MassDeviation the standard deviation
	// from unit to unit.
	Mass          measure.Mass `json:"mass"`
	MassDeviation measure.Mass `json:"mass_deviation"`
	// Price is that of one unit, or of what PricePer says.
	Price money.Amount `json:"price"`
	// Label is what the shelf label shows; zero where it shows Price. The lower
	// of the two is charged: see Asks.
	Label    money.Amount `json:"label_price,omitzero"`
	PricePer Per          `json:"price_per,omitempty"`
	// Tax is the name of the tax block, Deposit that of the deposit block.
	Tax     string `json:"tax"`
	Deposit string `json:"deposit,omitempty"`
	// Age is how old its buyer must be; 0 for any age.
	Age       int            `json:"age,omitempty"`
	Certified []observe.Kind `json:"certified,omitempty"`
}

// Tax is a class of value added or sales tax.
type Tax struct {
	Name string     `json:"name"`
	Rate money.Rate `json:"rate"`
	// Added says that it comes on top of prices; else they include it.
	Added bool `json:"added,omitempty"`
}

// Facing is a product's place on a bay.
type Facing struct {
	// At is the bay's address.
	At      string   `json:"at"`
	Product gs1.GTIN `json:"product"`
	// Depth is how many units the place holds when full.
	Depth int `json:"depth,omitempty"`
}

// Entry says who may come in and for how long.
type Entry struct {
	// AdmitWithin is how long a shopper has from the tap to the gate.
	AdmitWithin time.Duration `json:"admit_within"`
	// MaxStay ends a visit that nobody saw leaving.
	MaxStay time.Duration `json:"max_stay"`
	// MaxParty is the most bodies on one credential.
	MaxParty int `json:"max_party"`
	// Staff are the tokens that open a staff session: no hold, no cart.
	Staff []string `json:"staff,omitempty"`
	// MinQuality is the least quality of a credential's reading.
	MinQuality measure.Probability `json:"min_quality"`
	// Tenders are the ways to pay by which somebody may come in; nil for all.
	Tenders []Tender `json:"tenders,omitempty"`
	// RefuseFunding are the fundings of instruments, and RefuseRisk the processor's
	// answers about risk, with which nobody comes in; UnknownFunding and UnknownRisk
	// say what of those who nobody says it of. Empty for UnknownAccepted.
	RefuseFunding  []string `json:"refuse_funding,omitempty"`
	UnknownFunding Unknown  `json:"unknown_funding,omitempty"`
	RefuseRisk     []string `json:"refuse_risk,omitempty"`
	UnknownRisk    Unknown  `json:"unknown_risk,omitempty"`
}

// Attribution says how sure the store must be.
type Attribution struct {
	// Window is how far apart evidence of one deed may lie.
	Window time.Duration `json:"window"`
	// Grace is how long after its last body left a cart stays open.
	Grace time.Duration `json:"grace"`
	// ChargeAbove is how probable a line must be to be charged. ReviewAbove is how
	// probable one in doubt must be to be the session's to be asked about: of a
	// doubt that two share each has half. Below, it is dropped.
	ChargeAbove measure.Probability `json:"charge_above"`
	ReviewAbove measure.Probability `json:"review_above"`
	// SeveralUnits is the share of hands that move more than one unit at once,
	// for what no camera counts.
	SeveralUnits measure.Probability `json:"several_units,omitempty"`
}

// Settlement says how the store is paid.
type Settlement struct {
	// Processor is the address of a payment device.
	Processor string `json:"processor"`
	// Hold is what is held before the gate opens.
	Hold money.Amount `json:"hold"`
	// SecondTap is what another tap of the same instrument does while its party
	// is inside; empty for TapJoins.
	SecondTap SecondTap `json:"second_tap,omitempty"`
	// Increase says whether a hold is raised to a total above it: nil where the
	// processor can, true for always, false for never.
	Increase *bool `json:"increase,omitempty"`
	// OverCapture is how much above its hold may be captured, as a share of it,
	// by the rule that shoppers agree to at the entry; zero for nothing.
	OverCapture measure.Probability `json:"over_capture,omitempty"`
	// Rest is who pays what the hold does not cover; empty for RestCharged.
	Rest Rest `json:"rest,omitempty"`
	// Retry is after how long what was declined after a visit is asked for
	// again, each time; then it is a debt.
	Retry []time.Duration `json:"retry,omitempty"`
	// Offline is how much the store risks while its processor is down; nil for
	// nothing.
	Offline *Offline `json:"offline,omitempty"`
}

// SecondTap is what another tap of an instrument does.
type SecondTap string

// The second taps.
const (
	// TapJoins lets more bodies in on the party's one hold.
	TapJoins SecondTap = "join"
	// TapHolds asks for another hold of the same amount first.
	TapHolds SecondTap = "hold"
)

// SecondTaps lists what may be written, the default first.
func SecondTaps() []SecondTap { return []SecondTap{TapJoins, TapHolds} }

// Rest is who pays what a hold does not cover.
type Rest string

// The rests.
const (
	// RestCharged charges the shopper's instrument a second time.
	RestCharged Rest = "charge"
	// RestBorne leaves it to the store.
	RestBorne Rest = "store"
)

// Rests lists what may be written, the default first.
func Rests() []Rest { return []Rest{RestCharged, RestBorne} }

// Offline bounds what the store risks on shoppers let in without a hold.
type Offline struct {
	// PerSale takes the place of the hold: the most that is charged for one
	// visit.
	PerSale money.Amount `json:"per_sale"`
	// PerCard is the most that may be unpaid on one credential; zero for one
	// visit.
	PerCard money.Amount `json:"per_card,omitzero"`
	// Total is the most that may be unpaid at any time in all such visits.
	Total money.Amount `json:"total"`
	// For is how long after the processor went down shoppers are let in.
	For time.Duration `json:"for"`
}

// Receipt says what shoppers get.
type Receipt struct {
	// ReviewWithin is how long a line may stay pending; then it ends in the
	// shopper's favour.
	ReviewWithin time.Duration `json:"review_within"`
	// AgeWithin is how long a line that waits for a member of staff to see the
	// buyer's age may stay pending; zero for DefaultAgeWithin.
	AgeWithin time.Duration `json:"age_within,omitempty"`
	// Rounding is the rule for amounts that are not whole: taxes, discounts by
	// percentage and what weighed goods cost.
	Rounding money.Rounding `json:"rounding"`
	TaxPer   TaxPer         `json:"tax_per,omitempty"`
	// DisputeLimit is up to what a dispute is refunded at once: nil for
	// DefaultDisputeLimit units of the store's currency, and nothing for never.
	DisputeLimit *money.Amount `json:"dispute_limit,omitempty"`
	// DisputeWithin is for how long after a visit its shopper may dispute it; zero
	// for DefaultDisputeWithin.
	DisputeWithin time.Duration `json:"dispute_within,omitempty"`
}

// DefaultDisputeWithin is for how long an issuer takes a card holder's dispute
// (Visa 12.6); LimitDisputeWithin for how long closed sales are kept at the most.
const (
	DefaultDisputeWithin = 120 * Day
	LimitDisputeWithin   = 180 * Day
)

// DisputableFor is for how long after a visit its shopper may dispute it.
func (r Receipt) DisputableFor() time.Duration { return cmp.Or(r.DisputeWithin, DefaultDisputeWithin) }

// DefaultDisputeLimit is in whole units of the store's currency.
const DefaultDisputeLimit = 25

// InstantLimit is up to what a dispute is refunded at once.
func (r Receipt) InstantLimit(cur money.Currency) money.Amount {
	if r.DisputeLimit != nil {
		return *r.DisputeLimit
	}
	a := money.New(DefaultDisputeLimit, cur)
	for range cur.Exponent() {
		a.Minor *= 10
	}
	return a
}

// Safety is the fail-safe behaviour set at every device.
type Safety struct {
	// FreeExitAfter is how long a gate may go without a word from the host
	// before it frees its exits.
	FreeExitAfter time.Duration `json:"free_exit_after"`
}

// Suffices reports whether evidence of kind k alone suffices for a product at
// a place, by what either says.
func Suffices(k observe.Kind, lists ...[]observe.Kind) bool {
	return slices.ContainsFunc(lists, func(l []observe.Kind) bool { return slices.Contains(l, k) })
}
