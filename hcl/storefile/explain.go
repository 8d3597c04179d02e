package storefile

import (
	"slices"
	"strings"

	"github.com/openaisle/aisle/hcl/internal/nearest"
)

// Explanation says what a problem's code means.
type Explanation struct {
	Code  string `json:"code"`
	Means string `json:"means"`
	// Wrong and Right are an example of it and of it mended; empty where none
	// is of use.
	Wrong string `json:"wrong,omitempty"`
	Right string `json:"right,omitempty"`
}

// Explain gives what a code means. Where there is no such code it gives the one
// that was probably meant, or "".
func Explain(code string) (e Explanation, near string, ok bool) {
	all := Explanations()
	if i, ok := slices.BinarySearchFunc(all, code, func(e Explanation, code string) int { return strings.Compare(e.Code, code) }); ok {
		return all[i], "", true
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Code)
	}
	return Explanation{}, nearest.To(code, names), false
}

// Explanations gives what all codes mean, sorted by code.
func Explanations() []Explanation { return slices.Clone(explanations) }

var explanations = []Explanation{
	{"address", "An agent's address is a machine and a port, host:port.", "agent \"back\" { address = \"10.0.0.5\" }", "agent \"back\" { address = \"10.0.0.5:7443\" }"},
	{"assert", "A test says what must hold, and it does not: either the store's files or the test are wrong. The values that the condition refers to are in the problem.", "condition = receipt.total == \"3.60 EUR\"     # of one cola at 1.80 EUR", "condition = receipt.total == \"1.80 EUR\""},
	{"attribute", "Attributes of credentials are a name and a value of a few plain characters, such as loyalty=gold. They are too short for a card number on purpose.", "requires = \"loyalty level: gold!\"", "requires = \"loyalty=gold\""},
	{"bad_schema", "The plugin says of itself what its config block may hold, and says it wrongly. Nothing in the store's files mends that: tell the vendor.", "", ""},
	{"beyond_processor", "A processing block can only take away from what the processor's plugin declares: what it can't do, the store can't have.", "processing { hold_lifetime = \"720h\" }   # the plugin declares 168h", "processing { hold_lifetime = \"114h\" }"},
	{"config", "A value in a config block is not what the vendor's driver takes: out of its bounds, not one of its words, in another unit. What a driver takes is listed by aisle plugin list --schema.", "config { rate = 999 }", "config { rate = 100 }"},
	{"confusable", "Two products on one bay, or on neighbouring ones, weigh so nearly the same that the scale takes one for the other. Told by aisle check-planogram, which knows how units spread and names a bay to move one to.", "facing { at = weight_shelf.a.bay[1]  product = product.cola_330 }        # 345 g\nfacing { at = weight_shelf.a.bay[1]  product = product.cola_zero_330 }   # 347 g", "facing { at = weight_shelf.a.bay[1]  product = product.cola_330 }\nfacing { at = weight_shelf.a.bay[4]  product = product.cola_zero_330 }"},
	{"currency", "Money is an amount and an ISO 4217 currency, and all of a store's is in the one that its store block states. Nothing is exchanged.", "price = \"1.80 USD\"   # in a store with currency = \"EUR\"", "price = \"1.80 EUR\""},
	{"cycle", "Values or modules refer to each other in a circle, so that none of them can be first.", `locals {
  a = local.b
  b = local.a
}`, `locals {
  a = 1
  b = local.a
}`},
	{"data", "A file of data can't be read, or a row or a cell of it can't. The place is in that file.", "catalogue \"food\" { file = \"products.xlsx\" }", "catalogue \"food\" { file = \"products.csv\" }"},
	{"device", "The plugin started and the device did not open: its cable, its address, its credentials. What the plugin said of it is in the problem; aisle doctor says what to do.", "", ""},
	{"duplicate", "Something is there twice that can be there once: a name, a GTIN, a facing, an argument.", `zone "drinks" {}
zone "drinks" {}`, `zone "drinks" {}
zone "snacks" {}`},
	{"empty_bay", "A shelf has bays that no facing speaks of: whatever stands there is unknown, and taking it ends in review. Told by aisle check-planogram.", "", ""},
	{"exit_is_free", "Nothing may be said of the way out: whoever is inside can leave, whatever is down or unpaid.", "failure { exit = \"closed\" }", "failure { entry = \"closed\" }"},
	{"expected_problem", "A run of a test expects the store's files to be refused, and they are not, or not with that code.", "expect_problems = [\"no_exit\"]     # and the store has one", "expect_problems = [\"no_reader\"]"},
	{"expression", "An expression can't be evaluated here. In a file of values everything is written out; elsewhere the problem says which part fails.", "lanes = 1 + x   # in store.storevars", "lanes = 2"},
	{"file", "A store file can't be read or written: look at its permissions.", "", ""},
	{"format", "A file that doesn't parse can't be laid out. Mend what is reported first.", "", ""},
	{"function_failed", "A function does not take what it was given. The problem says which argument and why.", "price = format(\"%d EUR\", \"one\")", "price = format(\"%.2f EUR\", 1.8)"},
	{"gln", "A GLN is 13 digits, the last of which is a check digit (GS1 General Specifications 7.9).", "gln = \"5601234000017\"", "gln = \"5601234000016\""},
	{"grants", "A plugin asks for a part of this machine that is not given to plugins, or a config block names one. What was refused and why is in the problem.", "config { port = \"/dev/mem\" }", "config { port = \"/dev/ttyUSB0\" }"},
	{"gtin", "A GTIN has 8, 12, 13 or 14 digits, the last of which is a check digit (GS1 General Specifications 7.9). A UPC-E is a short form: upce() gives the GTIN.", "gtin = \"05449000000997\"", "gtin = \"05449000000996\""},
	{"hold_too_short", "A visit with its review may take longer than a hold lasts. Where the hold lapses, what was taken is not paid. Shorten max_stay or review_within.", "entry { max_stay = \"24h\" }     # with holds of a day", "entry { max_stay = \"2h\" }"},
	{"hold_too_small", "A product costs more than is held before the gate opens. Who takes it is charged up to the hold, and the rest by a second charge, or it is the store's loss.", "settlement { hold = \"5.00 EUR\" }      # and a product for 8.00 EUR", "settlement { hold = \"15.00 EUR\" }"},
	{"instant", "A point in time is written with its zone, as in RFC 3339.", "from = \"2026-11-27 08:00\"", "from = \"2026-11-27T08:00:00+01:00\""},
	{"invalid_value", "A variable's own validation refuses its value. The message is the one that the store's author wrote.", "lanes = 9     # validation { condition = var.lanes <= 8 ... }", "lanes = 8"},
	{"label", "A block's name is missing, or is none: a letter and then letters, digits, underscores and hyphens, at most 64 in all. Some blocks have no name.", "gate \"north door\" { ... }", "gate \"north_door\" { ... }"},
	{"lock", "The lock is not as aisle plugin lock writes it. Nobody edits a lock: bring it back from version control, or write it anew with aisle plugin lock DIR.", "", ""},
	{"lock_mismatch", "The file in .aisle/schemas that says what a plugin is has not the digest in store.lock.hcl, or is not there. Commit both, or write them anew with aisle plugin lock DIR.", "", ""},
	{"lock_unknown", "The lock has an entry for a plugin that the store's files have no block for. Where the block was removed on purpose, write the lock anew with aisle plugin lock DIR.", "", ""},
	{"missing_argument", "A block lacks an argument that it needs.", "gate \"north\" { driver = acme.gate }", `gate "north" {
  driver = acme.gate
  zone   = zone.entrance
  role   = "both"
}`},
	{"missing_block", "A block lacks a block within it that it needs.", "config {}", `config {
  antenna { port = 1 }
}`},
	{"missing_deposit", "Most products that are named by a volume bear a deposit, and this one does not. Told by aisle check-planogram.", "product \"water_500\" { name = \"Water 500 ml\" ... }", "product \"water_500\" { name = \"Water 500 ml\"  deposit = deposit.bottle ... }"},
	{"module", "A module is a folder of .hcl files within the store's folder, or within the fleet's.", "module \"front\" { source = \"github.com/x/y\" }", "module \"front\" { source = \"./modules/front\" }"},
	{"moved", "A moved block says that a device has another address now: the old one must be gone, the new one be there, both of one kind. Several make a chain, a to b and b to c, but no circle.", `moved {
  from = gate.north   # still declared
  to   = gate.south
}`, `moved {
  from = gate.door
  to   = gate.north
}`},
	{"multiple_confusable", "Several units of one product weigh like another number of units of another on the same bay. Told by aisle check-planogram.", "", ""},
	{"never_certain", "No camera covers a shelf, no reader tells of tags, and the store does not say that the scale suffices: one kind of evidence is never charged. Told by aisle check-planogram.", "weight_shelf \"cellar\" { zone = zone.cellar ... }", "weight_shelf \"cellar\" { zone = zone.cellar  certified = [\"weight\"] ... }"},
	{"no_duration", "A length of time is a number and a unit: ms, s, m or h.", "retry = [\"tomorrow\"]", "retry = [\"1h\", \"24h\"]"},
	{"no_entry", "Nobody could come in: no gate has the role entry or both.", "gate \"north\" { role = \"exit\" ... }", "gate \"north\" { role = \"both\" ... }"},
	{"no_exit", "No visit could end: no gate has the role exit or both.", "gate \"north\" { role = \"entry\" ... }", "gate \"north\" { role = \"both\" ... }"},
	{"no_increase", "The policy wants a hold raised, and the processor, or the contract with it, can not. Where increase is left out a second charge is made instead.", "settlement { increase = true }", "settlement { increase = false }"},
	{"no_limits", "A store that goes on without its processor says how much it risks.", "failure { payment = \"offline\" }", `settlement {
  ...
  offline {
    per_sale = "20.00 EUR"
    total    = "500.00 EUR"
  }
}`},
	{"no_line_refund", "The processor gives back only all of a payment, and the store's policy gives back lines of it.", "", ""},
	{"no_lock", "There is no store.lock.hcl, and nothing may be started, so nobody knows what the plugins want in their config blocks. Write it with aisle plugin lock DIR where the plugins can be built.", "", ""},
	{"no_lookup", "The processor can not say what became of a payment of which the answer was lost. Nobody could tell whether money moved, so the store may not use it.", "", ""},
	{"no_over_capture", "The policy captures more above the hold than the processor does.", "settlement { over_capture = \"25%\" }   # the plugin declares 10 %", "settlement { over_capture = \"10%\" }"},
	{"no_partial_capture", "The processor captures all of a hold or nothing, and no visit costs just the hold.", "", ""},
	{"no_reader", "A gate lets shoppers in, and no credential reader serves it: nobody could be recognised.", "gate \"north\" { role = \"both\" ... }", `credential_reader "north" {
  driver = acme.palm
  serves = gate.north
}`},
	{"no_store", "There is no folder with .hcl files, or a fleet has no such store.", "aisle validate examples", "aisle validate examples/corner"},
	{"no_store_block", "One of the files must say what the store is: its name, currency and time zone.", "", `store "lisbon_12" {
  currency = "EUR"
  timezone = "Europe/Lisbon"
}`},
	{"no_value", "A variable without a default was given no value, or its file can't be read.", "variable \"recording\" {}", "aisle validate DIR --var recording=/data/recording"},
	{"not_approved", "Goods that are priced by their mass need a scale that is approved for trade (in the EU, Directive 2014/31/EU): any other may tell what was taken and not how much of it to pay.", "product \"nuts\" { price_per = \"kg\" ... }   # on a bay without it", "bay \"2\" { trade_approved = true }"},
	{"not_known", "A value is known only when the store runs, such as a peer's address. Only config blocks may use it.", "name = peer.world.address", "config { world = peer.world.address }"},
	{"not_locked", "The store's files have a plugin that its lock knows nothing of, so that it is neither checked nor started. Write down what it is with aisle plugin lock DIR.", "", ""},
	{"offline_outlives_keys", "What is sold offline is asked for under the same keys when the processor is back. Its keys do not live that long, so it could be charged twice.", "offline { for = \"20h\" }     # with keys of a day", "offline { for = \"12h\" }"},
	{"out_of_bounds", "A value is outside what it may be. The problem says what it is and what it may be.", "entry { max_stay = \"3s\" }", "entry { max_stay = \"2h\" }"},
	{"out_of_place", "A module holds what stands on the floor and what is sold. The store, its plugins and its policies are in the store's own files.", "safety {}     # in a module", "safety {}     # in the store's folder"},
	{"plugin", "A plugin does not start. What it said is in the problem and in the log.", "", ""},
	{"program", "A plugin's or peer's program can't be had: its Go package does not build, or there is no such file.", "plugin \"acme\" { source = \"./plugin/acme\" }", "plugin \"acme\" { source = \"./plugins/acme\" }"},
	{"quantity", "A quantity is a number and a unit, in quotes: masses in mg g kg oz lb, times in ms s m h, money with its currency, shares in %.", "mass = \"345\"", "mass = \"345 g\""},
	{"restricted_gtin", "A GTIN that means one thing in one company alone: a number of restricted circulation, a coupon, or a label that holds a weight or a price (GS1 General Specifications 1.4). Told by aisle check-planogram.", "gtin = \"2012345000001\"", ""},
	{"same_device", "The configs of two devices of one driver name the same device: they differ in times and masses at the most. What it reports would count twice. It is what becomes of a block that was copied and its address left.", `weight_shelf "bread" {
  driver = scale.sics
  config { addr = "10.0.4.31:4305" }
}
weight_shelf "cheese" {
  driver = scale.sics
  config { addr = "10.0.4.31:4305" }
}`, `  config { addr = "10.0.4.32:4305" }     # of the cheese`},
	{"secret", "A secret is never written into a file, and never used where it would be shown or kept. Files say where it is.", "api_key = \"sk_live_1234\"", "api_key = secret(\"env:STRIPE_API_KEY\")"},
	{"short_keys", "What is asked for again after a lost answer needs a key that the processor still knows, or it could be charged twice.", "", ""},
	{"step", "A step of a test can't be done: it isn't said where, whoever does it is not inside, or there is nothing left to take.", "take { product = product.cola_330 }     # before anybody came in", `enter { by = "card" }
take { product = product.cola_330 }`},
	{"syntax", "The file is not HCL here: a bracket, a quote or an equals sign is missing or too many.", `gate "north" {
  role "both"
}`, `gate "north" {
  role = "both"
}`},
	{"tender_unserved", "The store takes a badge or a meal plan and has no house accounts for it, or has the accounts and does not take it. Nobody can come in by it.", "entry { tenders = [\"card\", \"badge\"] }     # and no house block for badges", "house \"canteen\" { tender = \"badge\" }"},
	{"timezone", "A time zone is an area and a place of the IANA database.", "timezone = \"CET+1\"", "timezone = \"Europe/Lisbon\""},
	{"too_large", "Numbers, files and the depth of brackets have limits, so that no file can take the machine down.", "depth = 1e99999", "depth = 10"},
	{"too_light", "A unit weighs less than three deviations of what the scale says of a change: one that is taken may not be felt. Told by aisle check-planogram.", "", ""},
	{"too_many", "There are more problems than are told. They often have one cause.", "", ""},
	{"unknown_argument", "A block has no argument of that name. The problem lists those that it has.", "gate \"north\" { dirver = acme.gate }", "gate \"north\" { driver = acme.gate }"},
	{"unknown_block", "There are no blocks of that type here. The problem lists those that there are.", "gaet \"north\" { ... }", "gate \"north\" { ... }"},
	{"unknown_column", "A file of data has no column of that name.", "columns = { gtin = \"ENA\" }", "columns = { gtin = \"EAN\" }"},
	{"unknown_driver", "The plugin has no driver of that name. aisle plugin list shows those that it has.", "driver = acme.gaet", "driver = acme.gate"},
	{"unknown_function", "There is no function of that name. They are those of Terraform and a few of a shop's own.", "upper_case(\"x\")", "upper(\"x\")"},
	{"unknown_reference", "Nothing is called that. A reference is the kind and the name of a block, without quotes.", "zone = zone.drnks", "zone = zone.drinks"},
	{"unknown_variable", "A value was given to a variable that no variable block declares.", "aisle validate DIR --var shopers=3", "aisle validate DIR --var shoppers=3"},
	{"unknown_word", "The argument takes one of a few words.", "role = \"in\"", "role = \"entry\""},
	{"unplaced_product", "No facing has the product and no reader of tags would tell of it: nobody can take it. Told by aisle check-planogram.", "", ""},
	{"unsigned", "A plugin may run although nobody signed its package. Ask its vendor for a signed one and name the vendor's key.", "allow_unsigned = true", `trusted_keys = ["RWQ..."]`},
	{"unused", "Something is declared that has no effect. The store opens all the same.", "plugin \"other\" { source = \"./other\" }   # and no device of it", ""},
	{"version", "The plugin's version is not what the store's files ask for, or its constraint can't be read.", "version = \"~> 2.0\"     # the plugin says 1.4.2", "version = \"~> 1.4\""},
	{"wrong_class", "A driver drives devices of one class.", "camera \"c\" { driver = acme.gate }", "camera \"c\" { driver = acme.camera }"},
	{"wrong_reaction", "What a store does while a device is down depends on its class.", "failure { camera = \"closed\" }", "failure { camera = \"degrade\" }"},
	{"wrong_reference", "A reference leads to a block of another kind than is needed.", "serves = zone.entrance", "serves = gate.north"},
	{"wrong_type", "A value is of another type than is needed: text, a number, true or false, a list, an object, a reference.", "depth = \"ten\"", "depth = 10"},
}
