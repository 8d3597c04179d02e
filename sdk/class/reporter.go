package class

import (
	"github.com/openaisle/aisle/sdk/observe"
)

// Reporter takes a device's evidence, a method a kind: so a report is copied
// once, into the spool, and allocates nothing. All but Credential return at
// once; that one waits where the spool's reserve for credentials is used up.
type Reporter interface {
	Credential(observe.Credential)
	Passage(observe.Passage)
	Weight(observe.Weight)
	Tag(observe.Tag)
	Interaction(observe.Interaction)
	Presence(observe.Presence)
	Door(observe.Door)
	Scan(observe.Scan)
}

// reportOf is the method for evidence of kind E.
func reportOf[E observe.Evidence](r Reporter) func(E) {
	for _, f := range []any{r.Credential, r.Passage, r.Weight, r.Tag, r.Interaction, r.Presence, r.Door, r.Scan} {
		if report, ok := f.(func(E)); ok {
			return report
		}
	}
	// E is a class's type argument: the set is closed, so this is no vendor's doing.
	panic("class: evidence of no known kind")
}
