package storefile

import (
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/observe"
)

// argumentDoc is what the language table doesn't say of an argument.
type argumentDoc struct {
	form, refers   string
	many           bool
	words          func() []string
	otherwise, doc string
}

// blockDocs are by type; those of blocks within blocks too.
var blockDocs = map[string]struct{ doc, example string }{
	blockStore:          {"The store itself: what it is called, its money and its clock. There is one.", "store \"lisbon_12\" {\n  currency = \"EUR\"\n  timezone = \"Europe/Lisbon\"\n}"},
	"fleet":             {"Stores of a chain: a folder of store files, once or for each row of a table, each with values of its own.", "store \"shop\" {\n  for_each = { for s in csvdecode(file(\"stores.csv\")) : s.id => s }\n  source   = \"./shop\"\n  values   = { city = each.value.city }\n}"},
	blockAgent:          {"Another machine of the store, on which plugins run under aisle agent run.", "agent \"back\" {\n  address = \"10.0.0.5:7443\"\n}"},
	blockPlugin:         {"A vendor's program, which runs as one process of its own. Its drivers are referred to as NAME.DRIVER.", "plugin \"acme\" {\n  source  = \"acme/speedlane\"\n  version = \"~> 1.4\"\n}"},
	blockPeer:           {"A companion process that starts beside the store and outlives it. Its address, peer.NAME.address, is for config blocks.", "peer \"world\" {\n  source = \"./world\"\n}"},
	blockVariable:       {"A value that is given from outside, or to a module by its block. It is used as var.NAME.", "variable \"lanes\" {\n  type    = number\n  default = 2\n}"},
	"validation":        {"A rule that a variable's value must keep.", "validation {\n  condition     = var.lanes > 0\n  error_message = \"There is at least one.\"\n}"},
	blockLocals:         {"Values with names of your own, used as local.NAME.", "locals {\n  cooler = [\"a\", \"b\"]\n}"},
	blockModule:         {"A folder of store files that is used once, or for each key of a for_each. Other arguments are the module's variables.", "module \"front\" {\n  source = \"./modules/lane\"\n  zone   = zone.entrance\n}"},
	blockOutput:         {"What a module gives back, used as module.NAME.OUTPUT.", "output \"gate\" {\n  value = gate.door\n}"},
	blockMoved:          {"Says that a device has another address now, so that its history goes on. It may stay for good.", "moved {\n  from = gate.door\n  to   = gate.north\n}"},
	blockZone:           {"A part of the floor in which devices stand.", "zone \"drinks\" {}"},
	"gate":              {"One lane between the street and the store.", "gate \"north\" {\n  driver = acme.speedlane\n  zone   = zone.entrance\n  role   = \"both\"\n\n  config {}\n}"},
	"credential_reader": {"What a shopper shows a card, a palm, a badge or a code to, at a gate.", "credential_reader \"north\" {\n  driver = acme.palm\n  serves = gate.north\n\n  config {}\n}"},
	"rfid_reader":       {"Reads the tags of goods: at a gate's lane, or in a zone.", "rfid_reader \"lane\" {\n  driver = acme.lane\n  zone   = zone.entrance\n  serves = gate.north\n\n  config {}\n}"},
	"weight_shelf":      {"A shelf that weighs what stands on its bays.", "weight_shelf \"cooler\" {\n  driver = loadcell.hx711\n  zone   = zone.drinks\n  bays   = 4\n\n  config {}\n}"},
	kindBay:             {"One bay of a shelf, where something is to be said of it alone. Its name is its number, from 1.", "bay \"2\" {\n  certified = [\"weight\"]\n}"},
	"camera":            {"Sees people and what their hands do, in one or more zones.", "camera \"ceiling\" {\n  driver = acme.camera\n  zones  = [zone.drinks]\n\n  config {}\n}"},
	"payment":           {"A processor of payments.", "payment \"cards\" {\n  driver = stripe.stripe\n\n  config {}\n}"},
	blockProcessing:     {"What the store's own contract with the processor takes away from what its plugin declares.", "processing {\n  hold_lifetime = \"114h\"\n}"},
	"config":            {"What the vendor's driver wants. It is checked against the schema that the plugin sends.", "config {}"},
	blockTax:            {"A class of tax.", "tax \"standard\" {\n  rate = \"23%\"\n}"},
	blockDeposit:        {"What is paid for a container on top of the price, such as of a can.", "deposit \"can\" {\n  amount = \"0.10 EUR\"\n  tax    = tax.none\n}"},
	blockProduct:        {"What is sold, one GTIN.", "product \"cola_330\" {\n  gtin  = \"05449000000996\"\n  name  = \"Cola 330 ml\"\n  mass  = \"345 g\"\n  price = \"1.80 EUR\"\n  tax   = tax.standard\n}"},
	blockCatalogue:      {"Products from a file: each row is one. Arguments here are for the rows that don't have them.", "catalogue \"food\" {\n  file = \"products.csv\"\n  tax  = tax.reduced\n}"},
	blockPlanogram:      {"Which product stands on which bay, by facing blocks or from a file.", "planogram \"week_47\" {\n  facing {\n    at      = weight_shelf.cooler.bay[1]\n    product = product.cola_330\n  }\n}"},
	blockFacing:         {"One product on one bay.", "facing {\n  at      = weight_shelf.cooler.bay[1]\n  product = product.cola_330\n}"},
	blockPromotion:      {"How prices are lowered, for what, for whom and until when. It says one of price, pay, percent and amount.", "promotion \"drinks\" {\n  name     = \"3 for 4.50\"\n  products = [product.cola_330]\n  take     = 3\n  price    = \"4.50 EUR\"\n}"},
	blockHouse:          {"Accounts of the store's own, one for each badge or meal plan: no payment device is asked.", "house \"canteen\" {\n  tender = \"badge\"\n}"},
	blockEntry:          {"Who may enter, how, and for how long.", "entry {\n  max_stay = \"2h\"\n}"},
	blockAttribution:    {"How evidence becomes lines of a cart, and when somebody is asked.", "attribution {\n  charge_above = \"99%\"\n}"},
	blockSettlement:     {"What is held before the gate opens, and how what was taken is paid. It must be there.", "settlement {\n  processor = payment.cards\n  hold      = \"15.00 EUR\"\n}"},
	blockOffline:        {"What the store risks while the processor is down and shoppers come in without a hold.", "offline {\n  per_sale = \"20.00 EUR\"\n  total    = \"500.00 EUR\"\n  for      = \"2h\"\n}"},
	blockReceipt:        {"How receipts are made, and how long what is in doubt may wait.", "receipt {\n  rounding = \"half_even\"\n}"},
	blockSafety:         {"What holds for people's safety. Nothing here can hold anybody in.", "safety {\n  free_exit_after = \"2s\"\n}"},
	blockFailure:        {"What the store does while a device of a class is down. Nothing can be said of a way out.", "failure {\n  shelf = \"doubt\"\n}"},
}

func aWord(doc, otherwise string, words func() []string) argumentDoc {
	return argumentDoc{doc: doc, otherwise: otherwise, words: words}
}

func aList(doc, otherwise string, words func() []string) argumentDoc {
	return argumentDoc{doc: doc, otherwise: otherwise, words: words, many: true}
}

func aForm(form, doc, otherwise string) argumentDoc {
	return argumentDoc{form: form, doc: doc, otherwise: otherwise}
}

func aRef(kind, doc string) argumentDoc     { return argumentDoc{refers: kind, doc: doc} }
func manyRefs(kind, doc string) argumentDoc { return argumentDoc{refers: kind, doc: doc, many: true} }

// The forms of values.
const (
	formText     = "text"
	formTexts    = "a list of texts"
	formTruth    = "true or false"
	formWhole    = "a whole number"
	formDuration = "a duration, such as \"20s\""
	formShare    = "a share, such as \"99%\""
	formMoney    = "an amount, such as \"1.80 EUR\""
	formMass     = "a mass, such as \"345 g\""
	formInstant  = "an instant, such as \"2026-11-27T08:00:00+01:00\""
	formFile     = "a path"
	formObject   = "an object or map"
	formAny      = "any value"
)

// argumentDocs are by block type and name, or by name alone where it means the
// same everywhere.
var argumentDocs = map[string]argumentDoc{
	argForEach: aForm(formObject+", or toset() of texts", "Makes a block for each key; in it, each.key and each.value.", ""),
	"certified": aList("Kinds of evidence that suffice alone to charge a line.", "two independent kinds are needed", func() []string {
		return []string{string(observe.KindWeight), string(observe.KindTag), string(observe.KindInteraction), string(observe.KindScan)}
	}),
	argWhenDown:                      aForm(formText, "What the store does while this device is down, whatever is said for its class.", "as the failure block says"),
	"driver":                         aRef("driver", "The plugin and which of its drivers: PLUGIN.DRIVER."),
	"zone":                           aRef(blockZone, "Where it stands."),
	"zones":                          manyRefs(blockZone, "Where it stands, or what it sees, where that is more than one zone."),
	"role":                           aWord("For a way in, a way out, or both.", "", func() []string { return words(storedef.Roles()) }),
	"serves":                         manyRefs("gate", "The gate that it works for."),
	"bays":                           aForm(formWhole, "How many bays it has, numbered from 1.", "bay 1, or the bays that have a block"),
	"trade_approved":                 aForm(formTruth, "The scale may be used in trade, so that goods may be sold by their mass here.", "false"),
	argIsolation:                     aWord("Whether a plugin may start where the machine lacks a measure of isolation.", "auto", func() []string { return words(storedef.Isolations()) }),
	"agent":                          aRef(blockAgent, "The machine that it runs on; the store's own if left out."),
	"store.currency":                 aForm("an ISO 4217 code", "All money of the store is in it.", ""),
	"store.timezone":                 aForm("a time zone, such as \"Europe/Lisbon\"", "The store's local date and time.", ""),
	"store.gln":                      aForm("a GLN", "The GS1 location number.", ""),
	"store.name":                     aForm(formText, "The store's name instead of the label, where files serve several stores.", "the label"),
	"store.tax_included":             aForm(formTruth, "Whether prices include tax, for all classes.", "true"),
	"fleet.source":                   aForm(formFile, "The folder of its store files, within the fleet's.", ""),
	"fleet.values":                   aForm(formObject, "The values of the store's variables.", ""),
	"agent.address":                  aForm("host:port", "Where aisle agent run listens.", ""),
	"plugin.source":                  aForm(formFile+" or vendor/product", "A Go package or a binary relative to the store's folder, or the name of an installed package.", ""),
	"plugin.version":                 aForm("a version constraint, written out", "What the plugin must say it is of.", "any"),
	"plugin.trusted_keys":            aForm(formTexts, "Minisign keys of its vendor.", ""),
	"plugin.allow_unsigned":          aForm(formTruth, "Takes a package that nobody signed.", "false"),
	"peer.source":                    aForm(formFile, "A Go package or a binary relative to the store's folder.", ""),
	"peer.args":                      aForm(formTexts, "What it is started with.", "[]"),
	"peer.clock":                     aForm(formTruth, "The store runs on its clock; one peer at most.", "false"),
	"variable.default":               aForm(formAny, "What holds where no value is given.", "a value must be given"),
	"variable.type":                  aForm("a type: string, number, bool, list(...), map(...), object({...}), path", "What values it takes.", "that of the default, or text"),
	"description":                    aForm(formText, "What it is for.", ""),
	"variable.sensitive":             aForm(formTruth, "It is only for sensitive arguments of config blocks, and never shown.", "false"),
	"validation.condition":           aForm("true or false, of var."+"NAME", "What must hold.", ""),
	"validation.error_message":       aForm(formText, "What is said where it does not.", ""),
	"module.source":                  aForm(formFile+", written out", "The module's folder, within the store's or the fleet's.", ""),
	"output.value":                   aForm(formAny, "What is given back.", ""),
	"moved.from":                     aForm("an address", "The old address, of which nothing is left.", ""),
	"moved.to":                       aForm("an address", "The new one, of the same kind.", ""),
	"tax":                            aRef(blockTax, "Its class of tax."),
	"tax.rate":                       aForm(formShare, "The rate.", ""),
	"tax.included":                   aForm(formTruth, "Whether prices include it.", "as tax_included of the store"),
	"deposit":                        aRef(blockDeposit, "The deposit on its container."),
	"deposit.amount":                 aForm(formMoney, "For each unit; no promotion touches it.", ""),
	"deposit.name":                   aForm(formText, "What the receipt prints.", "its label"),
	"gtin":                           aForm("8, 12, 13 or 14 digits", "The GTIN; its check digit is checked.", ""),
	"name":                           aForm(formText, "What the receipt prints.", ""),
	"price":                          aForm(formMoney, "What one costs, or one kilogram with price_per.", ""),
	"mass":                           aForm(formMass, "Of one unit; needed where it stands on a weighed bay.", ""),
	"mass_deviation":                 aForm(formMass, "How much it differs from unit to unit.", "1.7 % of the mass"),
	"label_price":                    aForm(formMoney, "What the shelf label shows, where that is another: the lower is charged.", ""),
	"price_per":                      aForm("\"kg\"", "Sold by its mass, on bays with trade_approved.", "by the unit"),
	"age":                            aForm(formWhole, "How old a buyer must be; waits for staff, or a credential that says so.", ""),
	"free":                           aForm(formTruth, "A price of nothing is meant.", "false"),
	"catalogue.file":                 aForm(formFile, "A CSV, JSON or YAML file; its columns are called as a product's arguments.", ""),
	"catalogue.key":                  aForm(formText, "The column that names a row.", "id"),
	"catalogue.columns":              aForm(formObject, "Which column an argument is in, where it is called otherwise.", ""),
	"planogram.file":                 aForm(formFile, "A CSV, JSON or YAML file with at (or shelf and bay), product and depth.", ""),
	"facing.at":                      aRef(kindBay, "The bay."),
	"facing.product":                 aRef(blockProduct, "What stands there."),
	"facing.depth":                   aForm(formWhole, "How many when it is full.", ""),
	"promotion.products":             manyRefs(blockProduct, "Any mix of them; the whole basket if left out."),
	"promotion.take":                 aForm(formWhole, "How many units it is for.", "1"),
	"promotion.price":                aForm(formMoney, "What so many units cost together.", ""),
	"promotion.pay":                  aForm(formWhole, "How many of the dearest are paid.", ""),
	"promotion.percent":              aForm(formShare, "What each unit, or the basket, costs less.", ""),
	"promotion.amount":               aForm(formMoney, "What so many units, or the basket, cost less.", ""),
	"promotion.least":                aForm(formMoney, "What the basket must come to, before any discount.", ""),
	"promotion.from":                 aForm(formInstant, "From when it holds.", "always"),
	"promotion.until":                aForm(formInstant, "The first instant at which it is over.", "never"),
	"requires":                       aForm("NAME=VALUE", "An attribute that the credential must have.", "none"),
	"house.tender":                   aWord("How the credential is presented.", "", func() []string { return houseTenders() }),
	argPerVisit:                      aForm(formMoney, "The most for one visit.", "no limit"),
	argPerDay:                        aForm(formMoney, "The most for one day, by the store's local date.", "no limit"),
	argPerPeriod:                     aForm(formMoney, "The most for one period.", "no limit"),
	argPeriod:                        aWord("What a period is.", "", func() []string { return words(storedef.Periods()) }),
	argOver:                          aWord("What becomes of what a visit takes above the limits.", "post", func() []string { return words(storedef.Overs()) }),
	"entry.admit_within":             aForm(formDuration, "How long an opened gate waits for somebody to pass.", "20s"),
	"entry.max_stay":                 aForm(formDuration, "After this a visit that nobody saw leaving ends.", "2h"),
	"entry.max_party":                aForm(formWhole, "The most people on one credential.", "6"),
	"entry.min_quality":              aForm(formShare, "How sure a reader must be of a credential.", "90%"),
	"entry.staff":                    aForm(formTexts, "Tokens of staff badges.", "none"),
	argTenders:                       aList("With what one may enter.", "all that are served", func() []string { return words(storedef.Tenders()) }),
	argRefuseFunding:                 aList("How a card may not be funded.", `["gift", "ebt"]`, storedef.Fundings),
	argUnknownFunding:                aWord("A card of which neither reader nor processor says how it is funded.", "accept", func() []string { return words(storedef.Unknowns()) }),
	argRefuseRisk:                    aList("The processor's answers about risk with which nobody comes in.", `["denied"]`, storedef.Risks),
	argUnknownRisk:                   aWord("The processor says nothing of the risk, or is down.", "accept", func() []string { return words(storedef.Unknowns()) }),
	"attribution.window":             aForm(formDuration, "How far apart evidence of one deed may be.", "1500ms"),
	"attribution.grace":              aForm(formDuration, "How long late evidence is waited for.", "3s"),
	"attribution.charge_above":       aForm(formShare, "How sure a line must be to be charged.", "99%"),
	"attribution.review_above":       aForm(formShare, "How probable a line in doubt must be to be asked about; below, it is dropped.", "60%"),
	"attribution.several_units":      aForm(formShare, "The share of hands that move more than one unit at once.", "2.2%"),
	"settlement.processor":           aRef("payment", "The device that moves the money."),
	"settlement.hold":                aForm(formMoney, "What is held before the gate opens.", ""),
	argSecondTap:                     aWord("What another tap of the same instrument does.", "join", func() []string { return words(storedef.SecondTaps()) }),
	argIncrease:                      aForm(formTruth, "Whether a hold is raised to a total above it.", "where the processor can"),
	"settlement." + argOverCapture:   aForm(formShare, "How much above the hold is taken.", "0%"),
	argRest:                          aWord("Who pays what the hold does not cover.", "charge", func() []string { return words(storedef.Rests()) }),
	argRetry:                         aForm("a list of durations", "When what is declined after a visit is asked for again.", `["1h", "24h"]`),
	"offline.per_sale":               aForm(formMoney, "The most that is charged for such a visit.", ""),
	"offline.total":                  aForm(formMoney, "The most that is unpaid at a time.", ""),
	"offline.for":                    aForm(formDuration, "How long after the processor went down.", ""),
	argPerCard:                       aForm(formMoney, "The most that is unpaid on one credential.", "one visit"),
	"receipt.review_within":          aForm(formDuration, "How long a line in doubt waits for an answer.", "30m"),
	"receipt.age_within":             aForm(formDuration, "How long a line waits for somebody to see the buyer's age.", "30m"),
	"receipt.rounding":               aWord("Of taxes, percentages and what weighed goods cost.", "half_up", func() []string { return []string{"half_up", "half_even", "down"} }),
	"receipt.tax_per":                aWord("Whether tax is rounded once a class or on each line.", "class", func() []string { return []string{"class", "line"} }),
	"receipt.dispute_limit":          aForm(formMoney, "The most that a shopper gets back at once without anybody looking.", ""),
	"receipt.dispute_within":         aForm(formDuration, "How long after a visit its shopper may dispute its lines, 24h to 4320h.", "2880h"),
	"safety.free_exit_after":         aForm(formDuration, "How long the way out may take to open; then it is free.", "2s"),
	"failure.entry":                  aForm("", "While a gate with a way in is down.", "closed"),
	"failure.shelf":                  aForm("", "While a weight shelf is down.", "doubt"),
	"failure.camera":                 aForm("", "While a camera is down.", "degrade"),
	"failure.rfid":                   aForm("", "While an RFID reader is down.", "degrade"),
	"failure.reader":                 aForm("", "While a credential reader is down.", "degrade"),
	"failure.payment":                aForm("", "While the store's processor is down.", "close_entry"),
	"processing.key_window":          aForm(formDuration, "For how long a key stands for one movement.", ""),
	"processing.lookup_by_key":       aForm(formTruth, "Whether a movement is found by its key.", ""),
	"processing.lookup_by_reference": aForm(formTruth, "Whether a movement is found by a reference.", ""),
	"processing.settling_delay":      aForm(formDuration, "How old a movement may be that is not found; it may only be longer.", ""),
	"processing.hold_lifetime":       aForm(formDuration, "How long a hold lasts.", ""),
	"processing.partial_capture":     aForm(formTruth, "Whether less than the hold can be captured.", ""),
	"processing.multiple_capture":    aForm(formTruth, "Whether a hold can be captured in parts.", ""),
	"processing.over_capture":        aForm(formShare, "How much above the hold can be captured.", ""),
	"processing.increment":           aForm(formTruth, "Whether a hold can be raised.", ""),
	"processing.void_after_capture":  aForm(formTruth, "Whether what a capture left can be released.", ""),
	"processing.partial_refund":      aForm(formTruth, "Whether part of a capture can be given back.", ""),
	"processing.refund_window":       aForm(formDuration, "How long money can be given back.", ""),
}

// houseTenders are the tenders that are settled to accounts of the store's own.
func houseTenders() []string {
	var out []string
	for _, t := range storedef.Tenders() {
		if t.House() {
			out = append(out, string(t))
		}
	}
	return out
}
