package storefile

// stepDocs are what a test file's blocks are, by type.
var stepDocs = map[string]struct{ doc, example string }{
	blockRun:       {"One visit, or several, and what must come of them.", "run \"takes_one\" {\n  enter { by = \"card\" }\n  take { product = product.cola_330 }\n  leave {}\n  assert {\n    condition     = receipt.total == \"1.80 EUR\"\n    error_message = \"One cola costs 1.80.\"\n  }\n}"},
	blockVariables: {"Values of the store's variables, for the whole file or for one run. They go before all others.", "variables {\n  hold = \"20.00 EUR\"\n}"},
	blockAssert:    {"What must be true where it stands.", "assert {\n  condition     = receipt.total == \"1.80 EUR\"\n  error_message = \"One cola costs 1.80.\"\n}"},
	stepEnter:      {"A shopper comes in; named where there are several.", "enter { by = \"card\" }"},
	stepTake:       {"A hand takes units of a product.", "take { product = product.cola_330 }"},
	stepPut:        {"A hand puts units of a product down.", "put { product = product.cola_330 }"},
	stepLeave:      {"The shopper leaves; all of a party, unless it is said how many.", "leave {}"},
	stepWait:       {"Time passes.", "wait { for = \"10m\" }"},
	stepDown:       {"A device breaks down.", "down { device = camera.ceiling }"},
	stepUp:         {"A device works again.", "up { device = camera.ceiling }"},
	stepProcessor:  {"What the processor answers from now on.", "processor { capture = \"lost\" }"},
	stepStaff:      {"An order of a member of staff, which is its name.", "staff \"end_session\" { visit = \"ana\" }"},
}

// stepArguments are what the arguments of a test file's blocks are.
var stepArguments = map[string]argumentDoc{
	"description":     {form: "text", doc: "What the run shows."},
	"source":          {form: "a folder relative to the test file", doc: "The store that is tested.", otherwise: "the one beside the test"},
	"store":           {form: "text", doc: "Which store of a fleet is tested."},
	"start":           {form: "an instant with its zone", doc: "When the run begins.", otherwise: "a Monday at eight"},
	"expect_problems": {form: "a list of codes", doc: "The store's files must be refused with these, and with no others."},
	"condition":       {form: "true or false", doc: "It may use cart, receipt, visit, asks, alerts, closed and devices, and all that the store's files know."},
	"error_message":   {form: "text", doc: "What is said where it is not true."},
	"by":              {doc: "How the credential is presented.", words: func() []string { return []string{"card", "wallet", "app", "palm", "badge", "meal_plan"} }},
	"product":         {refers: "product", doc: "What is taken or put."},
	"device":          {form: "a reference to a device", doc: "Which device."},
	"for":             {form: "a duration", doc: "How long."},
	"at":              {form: "a reference", doc: "The gate or reader, or the bay, where there are several."},
	"party":           {form: "a whole number", doc: "How many come in by the one credential.", otherwise: "1"},
	"units":           {form: "a whole number", doc: "How many units the hand moves.", otherwise: "1"},
	"body":            {form: "a whole number", doc: "Who of a party, from 1.", otherwise: "1"},
	"bodies":          {form: "a whole number", doc: "How many leave.", otherwise: "all"},
	"tagged":          {form: "true or false", doc: "Whether the goods carry a tag."},
	"seen":            {form: "true or false", doc: "Whether a camera sees the hand."},
	"felt":            {form: "true or false", doc: "Whether the shelf feels the change."},
	"declined":        {form: "true or false", doc: "Whether the hold is refused."},
}

// TestLanguage describes the blocks of a test file.
func TestLanguage() []BlockDoc {
	describe := func(name string, t blockType) BlockDoc {
		d := BlockDoc{Name: name, Label: t.label, Open: name == blockVariables, Doc: stepDocs[name].doc, Example: stepDocs[name].example}
		for _, a := range t.arguments {
			doc := stepArguments[a.name]
			arg := ArgumentDoc{Name: a.name, Required: a.required, Form: doc.form, Refers: doc.refers, Default: doc.otherwise, Doc: doc.doc, Example: a.example}
			if doc.words != nil {
				arg.Words = doc.words()
			}
			arg.form(doc)
			d.Arguments = append(d.Arguments, arg)
		}
		return d
	}
	variables := describe(blockVariables, blockType{})
	run := describe(blockRun, runType())
	for _, inner := range runType().blocks {
		switch inner {
		case blockVariables:
			run.Blocks = append(run.Blocks, variables)
		default:
			run.Blocks = append(run.Blocks, describe(inner, stepType(inner)))
		}
	}
	return []BlockDoc{run, variables}
}
