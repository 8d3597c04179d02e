package storefile

import (
	"slices"

	"github.com/openaisle/aisle/hcl/storedef"
)

// argument is one argument of a block type.
type argument struct {
	name     string
	required bool
	// example is what a problem shows where it is missing.
	example string
}

// blockType is one type of block of the language.
type blockType struct {
	// label says what the label is; empty for a block without one.
	label string
	// once says that a store has at most one.
	once      bool
	arguments []argument
	blocks    []string
	// modular says that a module may have it; what is not is the whole store's.
	modular bool
	// unnamed says that there may be several, none of which has a name.
	unnamed bool
}

// repeats says whether a block of the type may have a for_each.
func (t blockType) repeats() bool {
	return slices.ContainsFunc(t.arguments, func(a argument) bool { return a.name == argForEach })
}

func (t blockType) names() []string {
	var names []string
	for _, a := range t.arguments {
		names = append(names, a.name)
	}
	return names
}

// deviceType is the one shape of every device block. Which of the arguments a
// class has is checked by decodeDevice, for there the reason can be given.
func deviceType(c storedef.Class) blockType {
	t := blockType{
		label: "name", modular: true,
		arguments: []argument{
			{"driver", true, "driver = acme.speedlane"},
			{"zone", false, "zone = zone.drinks"}, {"zones", false, "zones = [zone.drinks]"},
			{"role", false, `role = "entry"`}, {"serves", false, "serves = gate.north"},
			{"certified", false, `certified = ["weight"]`},
			{argWhenDown, false, `when_down = "close_entry"`}, {argForEach, false, ""},
		},
		blocks: []string{"config"},
	}
	switch c {
	case storedef.ClassWeightShelf:
		t.arguments = append(t.arguments, argument{"bays", false, "bays = 4"})
		t.blocks = append(t.blocks, "bay")
	case storedef.ClassPayment:
		t.blocks = append(t.blocks, blockProcessing)
	case storedef.ClassGate, storedef.ClassCredentialReader, storedef.ClassRFIDReader, storedef.ClassCamera:
	}
	return t
}

// The block types that are not devices.
const (
	blockStore       = "store"
	blockPlugin      = "plugin"
	blockPeer        = "peer"
	blockVariable    = "variable"
	blockLocals      = "locals"
	blockZone        = "zone"
	blockTax         = "tax"
	blockDeposit     = "deposit"
	blockPromotion   = "promotion"
	blockHouse       = "house"
	blockProduct     = "product"
	blockPlanogram   = "planogram"
	blockFacing      = "facing"
	blockEntry       = "entry"
	blockAttribution = "attribution"
	blockSettlement  = "settlement"
	blockReceipt     = "receipt"
	blockSafety      = "safety"
	blockAgent       = "agent"
	blockFailure     = "failure"
	blockOffline     = "offline"
	blockProcessing  = "processing"
	blockModule      = "module"
	blockOutput      = "output"
	blockMoved       = "moved"
)

// Arguments that several places must agree on.
const (
	argForEach   = "for_each"
	argWhenDown  = "when_down"
	argIsolation = "isolation"

	argSecondTap   = "second_tap"
	argIncrease    = "increase"
	argOverCapture = "over_capture"
	argRest        = "rest"
	argRetry       = "retry"
	argPerCard     = "per_card"

	argTenders        = "tenders"
	argRefuseFunding  = "refuse_funding"
	argUnknownFunding = "unknown_funding"
	argRefuseRisk     = "refuse_risk"
	argUnknownRisk    = "unknown_risk"
	argPerVisit       = "per_visit"
	argPerDay         = "per_day"
	argPerPeriod      = "per_period"
	argPeriod         = "period"
	argOver           = "over"
)

// topLevel lists the block types in the order of a store file.
func topLevel() []string {
	names := []string{blockStore, blockAgent, blockPlugin, blockPeer, blockVariable, blockLocals, blockModule, blockOutput, blockMoved, blockZone}
	for _, c := range storedef.Classes() {
		names = append(names, string(c))
	}
	return append(names, blockTax, blockDeposit, blockProduct, blockCatalogue, blockPlanogram, blockPromotion, blockHouse, blockEntry, blockAttribution, blockSettlement, blockReceipt, blockSafety, blockFailure)
}

// typeOf gives the block type of a name. Locals hold whatever they like, so
// they are not in the table.
func typeOf(name string) (blockType, bool) {
	for _, c := range storedef.Classes() {
		if name == string(c) {
			return deviceType(c), true
		}
	}
	if t, ok := goodsType(name); ok {
		return t, true
	}
	switch name {
	case blockStore:
		return blockType{label: "name", once: true, arguments: []argument{
			{"currency", true, `currency = "EUR"`}, {"timezone", true, `timezone = "Europe/Lisbon"`}, {"gln", false, ""}, {"name", false, ""},
			{argIsolation, false, ""}, {"tax_included", false, ""},
		}}, true
	case blockAgent:
		return blockType{label: "name", arguments: []argument{{"address", true, `address = "10.0.0.5:7443"`}}}, true
	case blockPlugin:
		return blockType{label: "name", arguments: []argument{
			{"source", true, `source = "./plugins/acme"`}, {"version", false, `version = "~> 1.4"`},
			{argIsolation, false, ""}, {"agent", false, "agent = agent.back"},
			{"trusted_keys", false, ""}, {"allow_unsigned", false, ""},
		}}, true
	case blockPeer:
		return blockType{label: "name", arguments: []argument{
			{"source", true, `source = "./world"`}, {"args", false, ""}, {"clock", false, ""},
		}}, true
	case blockVariable:
		return blockType{label: "name", modular: true, blocks: []string{"validation"}, arguments: []argument{
			{"default", false, ""}, {"type", false, ""}, {"description", false, ""}, {"sensitive", false, ""},
		}}, true
	case blockModule:
		return blockType{label: "name", modular: true, arguments: []argument{{"source", true, `source = "./modules/front"`}, {argForEach, false, ""}}}, true
	case blockOutput:
		return blockType{label: "name", modular: true, arguments: []argument{{"value", true, "value = gate.north"}, {"description", false, ""}}}, true
	case blockMoved:
		return blockType{modular: true, unnamed: true, arguments: []argument{{"from", true, "from = gate.old"}, {"to", true, "to = gate.north"}}}, true
	case blockZone:
		return blockType{label: "name", modular: true, arguments: []argument{{argForEach, false, ""}}}, true
	}
	return policyType(name)
}

// goodsType gives the types of what is sold and where it stands.
func goodsType(name string) (blockType, bool) {
	switch name {
	case blockTax:
		return blockType{label: "name", modular: true, arguments: []argument{{"rate", true, `rate = "23%"`}, {"included", false, ""}, {argForEach, false, ""}}}, true
	case blockDeposit:
		return blockType{label: "name", modular: true, arguments: []argument{
			{"amount", true, `amount = "0.10 EUR"`}, {"tax", true, "tax = tax.none"}, {"name", false, ""}, {argForEach, false, ""},
		}}, true
	case blockPromotion:
		return blockType{label: "name", modular: true, arguments: []argument{
			{argForEach, false, ""},
			{"name", true, `name = "3 for 4.50"`}, {"products", false, ""}, {"take", false, ""}, {"price", false, ""}, {"pay", false, ""},
			{"percent", false, ""}, {"amount", false, ""}, {"least", false, ""}, {"from", false, ""}, {"until", false, ""}, {"requires", false, ""},
		}}, true
	case blockHouse:
		return blockType{label: "name", modular: true, arguments: []argument{
			{argForEach, false, ""}, {"tender", true, `tender = "badge"`}, {"requires", false, ""},
			{argPerVisit, false, ""}, {argPerDay, false, ""}, {argPerPeriod, false, ""}, {argPeriod, false, ""}, {argOver, false, ""},
		}}, true
	case blockProduct:
		return blockType{label: "name", modular: true, arguments: []argument{
			{"gtin", true, `gtin = "05449000000996"`}, {"name", true, `name = "Cola 330 ml"`}, {"price", true, `price = "1.80 EUR"`},
			{"tax", true, "tax = tax.standard"}, {"mass", false, `mass = "345 g"`}, {"mass_deviation", false, ""}, {"certified", false, ""},
			{"label_price", false, ""}, {"price_per", false, ""}, {"deposit", false, ""}, {"age", false, ""}, {"free", false, ""},
			{"for_each", false, ""},
		}}, true
	case blockCatalogue:
		t, _ := typeOf(blockProduct)
		arguments := []argument{{"file", true, `file = "products.csv"`}, {"key", false, ""}, {"columns", false, ""}}
		for _, a := range t.arguments {
			if a.name != argForEach {
				arguments = append(arguments, argument{a.name, false, ""})
			}
		}
		return blockType{label: "name", modular: true, arguments: arguments}, true
	case blockPlanogram:
		return blockType{label: "name", modular: true, arguments: []argument{{"file", false, ""}}, blocks: []string{blockFacing}}, true
	case blockFacing:
		return blockType{arguments: []argument{
			{"at", true, "at = weight_shelf.cooler_top.bay[2]"}, {"product", true, "product = product.cola_330"},
			{"depth", false, "depth = 10"}, {"for_each", false, ""},
		}}, true
	}
	return blockType{}, false
}

func policyType(name string) (blockType, bool) {
	switch name {
	case blockEntry:
		return blockType{once: true, arguments: []argument{
			{"admit_within", false, ""}, {"max_stay", false, ""}, {"max_party", false, ""}, {"staff", false, ""}, {"min_quality", false, ""},
			{argTenders, false, ""}, {argRefuseFunding, false, ""}, {argUnknownFunding, false, ""}, {argRefuseRisk, false, ""}, {argUnknownRisk, false, ""},
		}}, true
	case blockAttribution:
		return blockType{once: true, arguments: []argument{
			{"window", false, ""}, {"grace", false, ""}, {"charge_above", false, ""}, {"review_above", false, ""}, {"several_units", false, ""},
		}}, true
	case blockSettlement:
		return blockType{once: true, arguments: []argument{
			{"processor", true, "processor = payment.cards"}, {"hold", true, `hold = "15.00 EUR"`},
			{argSecondTap, false, ""}, {argIncrease, false, ""}, {argOverCapture, false, ""}, {argRest, false, ""}, {argRetry, false, ""},
		}, blocks: []string{blockOffline}}, true
	case blockReceipt:
		return blockType{once: true, arguments: []argument{{"review_within", false, ""}, {"rounding", false, ""}, {"age_within", false, ""}, {"tax_per", false, ""}, {"dispute_limit", false, ""}, {"dispute_within", false, ""}}}, true
	case blockSafety:
		return blockType{once: true, arguments: []argument{{"free_exit_after", false, ""}}}, true
	case blockFailure:
		t := blockType{once: true}
		for _, f := range failures() {
			t.arguments = append(t.arguments, argument{f.name, false, ""})
		}
		return t, true
	}
	return blockType{}, false
}
