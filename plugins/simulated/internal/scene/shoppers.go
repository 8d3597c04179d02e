package scene

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/sdk/observe"
)

// maxShare bounds a kind's share, so that sums stay exact.
const maxShare = 1_000_000

// Shoppers are visits of one kind.
type Shoppers struct {
	// Kind is one of Kinds.
	Kind string `json:"kind"`
	// Share is how many of them come for each of the others' share; zero means 1.
	Share int `json:"share,omitempty"`
	// Attributes are what their credentials say besides, such as "plan=student".
	Attributes []string `json:"attributes,omitempty"`
}

// kind is how a credential is presented, what its reader says it is where the method
// does not tell, and how it is funded, if by a card.
type kind struct{ name, method, tender, funding string }

// kinds are what somebody may pay by. Of a card without a funding of its own the
// processor makes up credit or debit.
var kinds = []kind{
	{name: "card", method: "card"},
	{name: "credit", method: "card", funding: "credit"},
	{name: "debit", method: "card", funding: "debit"},
	{name: "prepaid", method: "card", funding: "prepaid"},
	{name: "gift", method: "card", funding: "gift"},
	{name: "ebt", method: "card", funding: "ebt"},
	{name: "wallet", method: "card", tender: "wallet"},
	{name: "app", method: "code", tender: "app"},
	{name: "palm", method: "palm"},
	{name: "badge", method: "badge"},
	{name: "meal_plan", method: "badge", tender: "meal_plan"},
}

// Kinds are the kinds of shoppers.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

// Says is what is known of a kind's credential.
type Says struct {
	// Method is how it is presented, Funding how the card behind it is funded, which
	// its processor always knows; empty for no card of a funding of its own.
	Method, Funding string
	// Attributes are what its reader says. Whether it knows the funding besides is
	// chance: only some ranges of numbers are known to readers.
	Attributes []string
}

// Says tells what is known of a kind's credentials. The scene was checked.
func (s *Shoppers) Says() Says {
	k := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == s.Kind })]
	out := Says{Method: k.method, Funding: k.funding, Attributes: slices.Clone(s.Attributes)}
	if k.tender != "" {
		out.Attributes = append(out.Attributes, observe.AttributeTender+"="+k.tender)
	}
	slices.Sort(out.Attributes)
	return out
}

// ParseShoppers reads kinds with their shares as a flag says them: "badge=6,meal_plan=3".
// One without a share has one.
func ParseShoppers(text string) ([]Shoppers, error) {
	var all []Shoppers
	for part := range strings.SplitSeq(text, ",") {
		name, share, said := strings.Cut(strings.TrimSpace(part), "=")
		x := Shoppers{Kind: name}
		if said {
			n, err := strconv.Atoi(share)
			if err != nil {
				return nil, fmt.Errorf("%q is no share of %s", share, name)
			}
			if x.Share = n; n == 0 {
				return nil, fmt.Errorf("a share of 0 is nobody: leave %s out", name)
			}
		}
		all = append(all, x)
	}
	return all, nil
}

// SetShoppers has others come than the scene says, and checks them against its readers.
func (s *Scene) SetShoppers(list []Shoppers) error {
	s.Shoppers = list
	c := &checker{}
	c.shoppers(s)
	return errors.Join(c.errs...)
}

// shoppers checks who comes.
func (c *checker) shoppers(s *Scene) {
	for i := range s.Shoppers {
		x := &s.Shoppers[i]
		at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == x.Kind })
		if at < 0 {
			c.failf("shoppers of kind %q: it is none of %s", x.Kind, strings.Join(Kinds(), ", "))
			continue
		}
		if x.Share = cmp.Or(x.Share, 1); x.Share < 1 || x.Share > maxShare {
			c.failf("shoppers of kind %s: a share is from 1 to %d", x.Kind, maxShare)
		}
		says := x.Says()
		if err := observe.CheckAttributes(says.Attributes); err != nil {
			c.failf("shoppers of kind %s: %w", x.Kind, err)
		}
		if !slices.ContainsFunc(s.Readers, func(r Reader) bool { return slices.Contains(r.Methods, says.Method) }) {
			c.failf("shoppers of kind %s: no reader takes a %s", x.Kind, says.Method)
		}
	}
}
